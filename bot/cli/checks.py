"""What `doctor` looks at: a line each, with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at. `advice` says what to do, and is empty where all is well."""

    name: str
    mark: Mark
    said: str
    advice: str = ""
