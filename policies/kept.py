"""A revision read again from the one text that it was kept as."""

import re
from dataclasses import replace

from policies.loader import load_texts
from policies.model import Policy

_HEADER = re.compile(r"# ([^/\n]+\.ya?ml)\n")


def load_kept(revision: str, text: str) -> Policy:
    """The policy of this revision. Raises PolicyErrors where this version of the product no longer reads it."""
    return replace(load_texts(files_of(text)), revision=revision)


def files_of(text: str) -> list[tuple[str, str]]:
    """Names and texts of the files that were put together as `Policy.text`; files come in the order of their names."""
    files: list[tuple[str, list[str]]] = []
    for line in text.splitlines(keepends=True):
        header = _HEADER.fullmatch(line)
        if header and (not files or header[1] > files[-1][0]):
            files.append((header[1], []))
        elif files:
            files[-1][1].append(line)
        else:
            files.append(("policy.yaml", [line]))
    return [(name, "".join(lines)) for name, lines in files]
