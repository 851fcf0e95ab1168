"""What can go wrong with Graph, switchable while the sandbox runs."""

import random
from enum import StrEnum

import msgspec


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The switches. Shares are between 0 and 1, of the calls that `calls` names (none named: all of them)."""

    seed: int = 0
    calls: tuple[str, ...] = ()
    """Names of calls (`invite`, `add_member`, …; see `bot.sandbox.routes`) that the shares below are about."""
    times: int | None = None
    """How many faults there are at most, from when the switches were set."""
    throttled: float = 0.0
    """429 before anything is done."""
    retry_after_seconds: int | None = 1
    """Said with each 429; None: Graph does not say."""
    failing_before: float = 0.0
    """503, and nothing was done."""
    failing_after: float = 0.0
    """500 to a write that was done."""
    lost_after: float = 0.0
    """The connection breaks after a write was done."""
    latency_seconds: float = 0.0
    """Before each answer."""
    lag_seconds: float = 0.0
    """From a guest's creation until it can be seen."""
    blocked_domains: tuple[str, ...] = ()
    directory_blocked: bool = False
    allow_invites_from: str = "everyone"
    or_filter_refused: bool = False
    """`$filter` with `or` is refused, as some tenants report."""
    deleted_filter_refused: bool = False
    """`$filter` on deleted users is refused."""
    sponsors_refused: bool = False
    """Sponsors in an invitation's body are refused."""
    withheld_permissions: tuple[str, ...] = ()
    """Permissions without consent."""

    def __post_init__(self) -> None:
        shares = (self.throttled, self.failing_before, self.failing_after, self.lost_after)
        if any(not 0 <= share <= 1 for share in shares):
            raise ValueError("a share is between 0 and 1")
        if self.latency_seconds < 0 or self.lag_seconds < 0:
            raise ValueError("seconds are not negative")
        if self.allow_invites_from not in _ALLOW_INVITES_FROM:
            raise ValueError(f"allow_invites_from is one of {', '.join(_ALLOW_INVITES_FROM)}")


_ALLOW_INVITES_FROM = ("none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone")


class Fault(StrEnum):
    THROTTLED = "throttled"
    FAILING_BEFORE = "failing_before"
    FAILING_AFTER = "failing_after"
    LOST_AFTER = "lost_after"


class FaultDice:
    """Decides which call meets which fault, the same way for the same seed."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 -- repeatable on purpose
        self._left = faults.times

    def throw(self, call: str, *, write: bool) -> Fault | None:
        """The fault that this call meets, at most one."""
        faults = self.faults
        drawn = self._random.random()
        if self._left == 0 or (faults.calls and call not in faults.calls):
            return None
        shares = [(Fault.THROTTLED, faults.throttled), (Fault.FAILING_BEFORE, faults.failing_before)]
        if write:
            shares += [(Fault.FAILING_AFTER, faults.failing_after), (Fault.LOST_AFTER, faults.lost_after)]
        for fault, share in shares:
            if drawn < share:
                if self._left is not None:
                    self._left -= 1
                return fault
            drawn -= share
        return None
