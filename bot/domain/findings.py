"""What policy says of a request: findings, and the verdict they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.packages import LocalisedText
from bot.domain.routes import Limits, Route

FactValue = str | int | float | bool | None | tuple[str, ...]
"""None means: not known. A missing fact never grants."""

Facts = Mapping[str, FactValue]
"""Flat names such as `sponsor.user_type`; the table of all is `policies.facts`."""


class Effect(StrEnum):
    DENY = "deny"
    TIGHTEN = "tighten"
    GRANT = "grant"


class Outcome(StrEnum):
    DENIED = "denied"
    GRANTED = "granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule says of one request."""

    rule: str
    effect: Effect
    reason: LocalisedText
    """Filled in, ready to show."""
    remedy: LocalisedText | None = None
    package: str | None = None
    """The package it speaks of; None speaks of the whole request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """All that policy says of one request under one revision.

    `route` is set exactly when `outcome` is granted. `questions` are keys of the questions that must be answered.
    """

    outcome: Outcome
    revision: str
    findings: tuple[Finding, ...]
    route: Route | None = None
    limits: Limits = Limits()
    questions: tuple[str, ...] = ()
    shadow: tuple[Finding, ...] = ()
    """What rules that are only tried out would have said: recorded, never counted and never shown to a sponsor."""

    @property
    def denials(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.effect is Effect.DENY)
