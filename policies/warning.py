"""What is allowed in a policy and most likely not meant."""

from collections.abc import Collection

from policies.errors import Problems
from policies.model import Policy, PolicyWarning


def warnings_of(policy: Policy, used_lists: Collection[str], problems: Problems) -> tuple[PolicyWarning, ...]:
    return ()
