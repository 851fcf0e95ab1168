"""Who wrote the policy files and in which commit, where they lie in a Git work tree and are as they were committed.

Git itself is not run: it may be missing, and a work tree's configuration may make it run other programs.
"""

import re
from pathlib import Path

import structlog
from dulwich.errors import NotGitRepository
from dulwich.object_store import tree_lookup_path
from dulwich.objects import Blob, Commit
from dulwich.repo import Repo

from bot.workflow.records import Origin

log = structlog.get_logger(__name__)

_PERSON = re.compile(r"\s*(?P<name>[^<]*?)\s*<(?P<address>[^>]*)>")


def origin_of(path: Path) -> Origin:
    """The last commit that touched the policy, if the files are as that commit's successor has them; else nothing."""
    try:
        return _origin(path.resolve())
    except NotGitRepository:
        return Origin()
    except Exception as failure:  # whatever is odd about a work tree, the policy does not depend on it
        log.warning("policy_commit_unknown", why=f"{type(failure).__name__}: {failure}")
        return Origin()


def _origin(path: Path) -> Origin:
    with Repo.discover(path if path.is_dir() else path.parent) as repo:
        root = Path(repo.path).resolve()
        inside = path.relative_to(root).as_posix()
        head = repo[repo.head()]
        if not isinstance(head, Commit) or not _is_committed(repo, head, root, path):
            return Origin()
        paths = [inside.encode()] if inside != "." else None
        entry = next(iter(repo.get_walker(paths=paths, max_entries=1)), None)
        return _of_commit(entry.commit) if entry is not None else Origin()


def _is_committed(repo: Repo, head: Commit, root: Path, path: Path) -> bool:
    """Whether every policy file is as it was committed; a changed one is nobody's yet."""
    files = [path] if path.is_file() else sorted(path.glob("*.yaml"))
    for file in files:
        if file.name.startswith("."):
            continue
        inside = file.resolve().relative_to(root).as_posix().encode()
        try:
            _, committed = tree_lookup_path(repo.get_object, head.tree, inside)
        except KeyError:
            return False
        content = file.read_bytes()
        # A work tree may have other ends of lines than its commits.
        if committed not in (Blob.from_string(content).id, Blob.from_string(content.replace(b"\r\n", b"\n")).id):
            return False
    return True


def _of_commit(commit: Commit) -> Origin:
    people = [_person(commit.author), _person(commit.committer)]
    name, address = people[0]
    return Origin(
        commit=commit.id.decode(),
        author=f"{name} <{address}>" if address else name,
        author_addresses=tuple(dict.fromkeys(each.casefold() for _, each in people if each)),
    )


def _person(written: bytes) -> tuple[str, str]:
    text = written.decode("utf-8", "replace")[:400]
    found = _PERSON.match(text)
    return (found["name"], found["address"].strip()) if found else (text, "")
