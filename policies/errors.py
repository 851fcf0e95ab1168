"""What is wrong with policy files: every mistake at once, each with its place, its line and a suggestion."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from policies.model import Source

MOST = 100
"""Mistakes told in full; a file with more is not a policy file, and nobody reads further."""

_GIVES_UP = 2_000

_COMPARED = 500
"""Names that a suggestion is looked for among: a mistake in a file of ten thousand partners is told at once too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyError:
    """One mistake. `text` is the offending line, empty where there is none."""

    file: str
    line: int
    column: int
    what: str
    suggestion: str | None = None
    text: str = ""

    def __str__(self) -> str:
        meant = f", did you mean `{self.suggestion}`?" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {self.what}{meant}"

    @property
    def shown(self) -> str:
        """The mistake with its line below it and a caret at the column."""
        if not self.text.strip():
            return str(self)
        # Tabs are kept, so that the caret stands below its character in any terminal.
        before = "".join("\t" if character == "\t" else " " for character in self.text[: self.column - 1])
        return f"{self}\n    {self.text}\n    {before}^"


class PolicyErrors(Exception):
    """The files are no policy; nothing of them is in force. `errors` is in the order of files and lines."""

    def __init__(self, errors: tuple[PolicyError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join(error.shown for error in self.errors)


class Problems:
    """Collects mistakes while files are read."""

    def __init__(self) -> None:
        self._errors: list[PolicyError] = []
        self._lines: dict[str, Sequence[str]] = {}
        self._broken: set[Source] = set()
        self._seen: set[tuple[Source, str]] = set()
        self._order: list[str] = []

    def read(self, file: str, lines: Sequence[str]) -> None:
        """Makes the lines of a file known, so that mistakes in it can show them."""
        self._order.append(file)
        self._lines[file] = lines

    def broken(self, source: Source) -> None:
        """What stands here was refused already; what follows from that is not told again."""
        self._broken.add(source)

    def add(self, source: Source, what: str, *, given: str = "", known: Collection[str] = ()) -> None:
        """A mistake. `given` and `known` make the suggestion: what was written, and what could have been meant."""
        # A list that several rules use has its mistakes told once.
        if source in self._broken or (source, what) in self._seen:
            return
        self._seen.add((source, what))
        if len(self._seen) > _GIVES_UP:
            # A file of nothing but mistakes is no policy; looking through the rest of it helps nobody.
            self.check()
        if len(self._seen) > MOST:
            return
        self._errors.append(
            PolicyError(
                file=source.file,
                line=source.line,
                column=source.column,
                what=what,
                suggestion=_meant(given, known),
                text=self.line(source),
            )
        )

    def line(self, source: Source) -> str:
        """The line that stands there, empty where there is none."""
        return _line(self._lines, source)

    def check(self) -> None:
        """Raises PolicyErrors if there was any mistake."""
        if not self._seen:
            return
        place = {file: index for index, file in enumerate(self._order)}
        errors = sorted(self._errors, key=lambda error: (place.get(error.file, -1), error.line, error.column))
        if len(self._seen) > MOST:
            more = f"and {len(self._seen) - MOST} more mistakes"
            errors.append(PolicyError(file=errors[-1].file, line=errors[-1].line, column=1, what=more))
        raise PolicyErrors(tuple(errors))


def _line(lines: Mapping[str, Sequence[str]], source: Source) -> str:
    of_file = lines.get(source.file, ())
    return of_file[source.line - 1].rstrip()[:200] if 0 < source.line <= len(of_file) else ""


def _meant(given: str, known: Collection[str]) -> str | None:
    if not given or not known:
        return None
    by_lower = {name.lower(): name for name in known}
    wanted = given.lower()
    if wanted in by_lower:
        return by_lower[wanted]
    candidates = list(by_lower)
    if len(candidates) > _COMPARED:
        candidates = [name for name in candidates if name[:2] == wanted[:2]][:_COMPARED]
    close = get_close_matches(wanted[:100], candidates, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None
