"""What the commands about the policy are given by the composition root, which alone knows the settings."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bot.cli.failures import CommandFailed
from bot.cli.stored import Stored
from policies.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCommands:
    """What the commands need of the settings; each raises CommandFailed.

    `load`: the policy in this file or folder, or, with None, where POLICY_PATH says. `stored`: the store, for as long
    as the context lasts.
    """

    load: Callable[[Path | None], Policy]
    stored: Callable[[], AbstractContextManager[Stored]]
    approve_changes: Callable[[], bool] = lambda: False
    """Whether POLICY_CHANGES lets a second administrator put in force what may grant anything new."""

    def named(self, name: str | None) -> Policy:
        """The policy in a file or folder, or a revision that was in force; None: where POLICY_PATH says."""
        if name is None or Path(name).exists():
            return self.load(Path(name) if name else None)
        with self.stored() as stored:
            found = stored.policy(name)
        if found is None:
            raise CommandFailed(f"{name} is neither a file or folder nor a revision that was ever in force.")
        return found
