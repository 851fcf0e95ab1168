"""Evaluating a request against a policy: default deny, any deny wins, all reasons are kept."""

from bot.domain.findings import Facts, Verdict
from policies.model import Policy


def evaluate(policy: Policy, facts: Facts) -> Verdict:
    """What this revision says of these facts (`request.packages`, `request.days`, … among them)."""
    raise NotImplementedError
