"""What policy could still grant to a sponsor and a guest: only that is offered in the interview."""

from dataclasses import dataclass

from bot.domain.findings import Facts, Finding
from bot.domain.packages import AccessPackage
from policies.model import Policy, PolicyQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedPackage:
    """A package that some answer could still be granted, with the widest limits among its grants."""

    package: AccessPackage
    max_days: int | None
    justification: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What can be asked for. `denials` already hold whatever is answered next (empty: nothing stands in the way)."""

    packages: tuple[OfferedPackage, ...]
    denials: tuple[Finding, ...]
    questions: tuple[PolicyQuestion, ...]
    """Those that any grant of the packages chosen so far would demand."""
    max_days: int | None
    """The longest that the packages chosen so far could be granted together for; None: without limit."""
    justification: int
    """The fewest characters that any grant of the chosen packages demands."""


def offer(policy: Policy, facts: Facts) -> Offer:
    """What could still be granted, where facts that begin with `request.` may be unknown yet."""
    raise NotImplementedError
