"""Policy files to a policy: all or nothing, with every mistake told at once."""

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from policies.compiled import compiled
from policies.errors import PolicyError, PolicyErrors, Problems
from policies.model import Policy, Source
from policies.reading import Reader
from policies.sections.conditions import ConditionReader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.packages import read_packages
from policies.sections.partners import read_partners
from policies.sections.plain import read_defaults, read_groups, read_lists, read_time_zone
from policies.sections.questions import read_questions
from policies.sections.routes import read_routes
from policies.sections.rules import read_rules
from policies.sections.tests import read_invariants, read_tests
from policies.warning import warnings_of
from policies.yaml_nodes import MapNode, read_nodes

LARGEST_FILE = 1024 * 1024
LARGEST_FOLDER = 16 * LARGEST_FILE
MOST_FILES = 500


def load(path: Path) -> Policy:
    """The policy in a file, or in a folder's `*.yaml` files put together in the order of their names.

    Raises PolicyErrors with all that is wrong; then there is no policy, not even half of one.
    """
    return load_texts(read_files(path))


def read_files(path: Path) -> list[tuple[str, str]]:
    """Names and texts of the policy files, in the order of their names. Raises PolicyErrors where one is unreadable."""
    problems = Problems()
    files = _read_files(path, problems)
    problems.check()
    return files


def load_texts(files: Sequence[tuple[str, str]]) -> Policy:
    """The policy in these files, given as names and texts in the order of names. Raises PolicyErrors."""
    problems = Problems()
    with _collector_off():
        policy = _build(files, problems)
        problems.check()
        # Now, off the way of the first request.
        compiled(policy)
    return policy


def _build(files: Sequence[tuple[str, str]], problems: Problems) -> Policy:
    reader = Reader(problems)
    merged = Merged(reader)
    for name, text in files:
        problems.read(name, text.splitlines())
    roots = [read_nodes(text, name, problems) for name, text in files]
    for root in roots:
        if root is not None:
            merged.add(root)
    if not all(isinstance(root, MapNode) for root in roots):
        # What an unreadable file would have named is unknown; references to it are no mistakes of their own.
        problems.check()
    names = Names()
    top = Source(file=files[0][0], line=1, column=1)
    # Each section refers only to those before it.
    names.groups = read_groups(merged, reader)
    names.lists = read_lists(merged, reader, names)
    names.questions = read_questions(merged, reader, names)
    names.routes = read_routes(merged, reader, names)
    names.packages = read_packages(merged, reader, names)
    names.partners, partner_by_domain = read_partners(merged, reader, names)
    rules = read_rules(merged, reader, names)
    time_zone = read_time_zone(merged, reader)
    policy = Policy(
        revision=_revision(files),
        text="".join(f"# {name}\n{text.rstrip()}\n" for name, text in files),
        groups=names.groups,
        lists={key: tuple(text for text, _ in members) for key, members in names.lists.items()},
        packages=names.packages,
        routes=names.routes,
        questions=names.questions,
        rules=rules,
        partners=names.partners,
        partner_by_domain=partner_by_domain,
        default_redirect_url=read_defaults(merged, reader, top),
        sources=names.sources,
        time_zone=time_zone,
        files=tuple(files),
        tests=read_tests(merged, reader, names, rules),
        invariants=read_invariants(merged, reader, ConditionReader(reader, names)),
    )
    problems.check()
    return replace(policy, warnings=warnings_of(policy, names.used_lists, problems))


def _revision(files: Sequence[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, text in files:
        # Lengths go in too, so that text moved from one file to the next is another revision.
        for part in (name.encode(), text.encode()):
            digest.update(len(part).to_bytes(8))
            digest.update(part)
    return digest.hexdigest()[:12]


@contextmanager
def _collector_off() -> Iterator[None]:
    # A hundred thousand new objects and no garbage among them: collecting meanwhile takes longer than the loading.
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_files(path: Path, problems: Problems) -> list[tuple[str, str]]:
    try:
        found = _files(path, problems)
    except OSError as error:
        raise _no_policy(path, f"cannot be read: {error.strerror}") from error
    texts = []
    total = 0
    for file in found:
        top = Source(file=file.name, line=1, column=1)
        text = _text(file, top, problems)
        total += len(text)
        texts.append((file.name, text))
        if total > LARGEST_FOLDER:
            raise _no_policy(path, f"holds more than {LARGEST_FOLDER // LARGEST_FILE} MB")
    return texts


def _files(path: Path, problems: Problems) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.exists():
        raise _no_policy(path, "does not exist")
    if not path.is_dir():
        raise _no_policy(path, "is neither a file nor a folder")
    visible = sorted((file for file in path.iterdir() if not file.name.startswith(".")), key=lambda file: file.name)
    for file in visible:
        if file.suffix == ".yml":
            # Left out in silence, a file of denies would deny nothing.
            problems.add(Source(file=file.name, line=1, column=1), "policy files end in .yaml; rename this one")
    found = [file for file in visible if file.suffix == ".yaml"]
    if not found:
        raise _no_policy(path, "holds no *.yaml file")
    if len(found) > MOST_FILES:
        raise _no_policy(path, f"holds {len(found)} files; at most {MOST_FILES} are read")
    return found


def _text(file: Path, top: Source, problems: Problems) -> str:
    if not file.is_file():
        problems.add(top, "this is no file")
        return ""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        problems.add(top, f"cannot be read: {error.strerror}")
        return ""
    if len(content) > LARGEST_FILE:
        problems.add(top, "is larger than 1 MB; split it into several files of one folder")
        return ""
    if b"\0" in content:
        problems.add(top, "is no text file")
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(Source(file=file.name, line=line, column=1), "is not written in UTF-8")
        return ""


def _no_policy(path: Path, what: str) -> PolicyErrors:
    return PolicyErrors((PolicyError(file=str(path), line=1, column=1, what=what),))
