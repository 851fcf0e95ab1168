"""What every use case works with: the ports, the policy in force, and how long things take."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.shortid import new_id
from bot.workflow.lookups import Lookups
from bot.workflow.ports import (
    Clock,
    Directory,
    Inviter,
    Memberships,
    Poster,
    Redemptions,
    Rosters,
    Store,
)
from policies.model import Policy

ADMIN_CHANNEL = "admins"
"""The channel name that administrators bind for what is theirs."""


async def _follows_nothing() -> None:
    """A desk whose policy never changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """How long the outside may take, and how long we wait. Tests and the sandbox scale these down."""

    read_directory: timedelta = timedelta(seconds=3)
    """All directory reads of one turn together."""
    lease: timedelta = timedelta(seconds=90)
    """How long a claimed job is its worker's own. Longer than an effect's time-out and `settle` together."""
    effect: timedelta = timedelta(seconds=30)
    """The longest that one write to the directory can take, connecting included."""
    settle: timedelta = timedelta(seconds=45)
    """How long a look-up may lag behind a write; nothing of unknown outcome is looked at sooner."""
    first_retry: timedelta = timedelta(seconds=5)
    longest_retry: timedelta = timedelta(minutes=10)
    tries: int = 12
    """After so many the job is dead-lettered and the request needs attention."""
    invitation_pace: timedelta = timedelta(seconds=5)
    """One invitation in this time, over all replicas: Microsoft blocks directories that invite in bursts."""
    follow_soon: timedelta = timedelta(minutes=2)
    """How often a fresh invitation is looked at; an old one is looked at a hundredth of its age apart."""
    follow_until: timedelta = timedelta(days=30)
    nudge_after: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=10))
    warn_before: tuple[timedelta, ...] = (timedelta(days=14), timedelta(days=3))
    anchor_audit: timedelta = timedelta(hours=1)
    confirm_within: timedelta = timedelta(minutes=10)
    follow_policy: timedelta = timedelta(seconds=1)
    """How often each replica looks which policy revision is in force."""
    look_at_policy: timedelta = timedelta(seconds=5)
    """How often the policy files are looked at, where nothing tells of their changes."""

    def __post_init__(self) -> None:
        """Raises ValueError for a lease that could end while its worker's write may still arrive, or be unseen."""
        if self.lease <= self.effect + self.settle:
            raise ValueError("a lease is longer than an effect's time-out and the time to settle together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The composition root builds one; use cases take what they need from it."""

    store: Store
    directory: Directory
    lookups: Lookups
    inviter: Inviter
    memberships: Memberships
    redemptions: Redemptions
    poster: Poster
    rosters: Rosters
    clock: Clock
    policy: Callable[[], Policy]
    """The policy in force now."""
    admin_group: str
    """Object id of the Entra group whose members administer the bot."""
    timings: Timings = Timings()
    new_id: Callable[[], str] = new_id
    admin_channel: str = ADMIN_CHANNEL
    """The channel name that administrators bind for alerts."""
    follow: Callable[[], Awaitable[None]] = _follows_nothing
    """Brings `policy` to the revision that is in force now. Raises PolicyBehind."""
    approve_changes: bool = False
    """A policy revision that may grant anything new waits for a second administrator (POLICY_CHANGES=approved)."""
