"""Putting a policy revision in force."""

from bot.workflow.auditing import SYSTEM, record
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import Act
from policies.model import Policy


async def put_in_force(desk: Desk, policy: Policy) -> None:
    """Keeps the revision with its text, once, and writes it into the audit trail."""

    def work(tx: Tx) -> None:
        if tx.revisions.keep(policy.revision, policy.text, at=desk.clock()):
            record(tx, desk, Act.POLICY_LOADED, SYSTEM, f"policy:{policy.revision}")

    await desk.store.transact(work)
