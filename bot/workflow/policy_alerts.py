"""What the administrators are told about policy files and revisions, each once."""

import hashlib

from bot.workflow.alerting import alert
from bot.workflow.auditing import SYSTEM
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import Act, Alert, AuditEntry, PolicyRevision, RevisionState
from policies.errors import PolicyErrors


async def refuse(desk: Desk, failure: PolicyErrors) -> None:
    """The files hold no policy, or one that fails its own tests: what is in force stays, and they are told once."""
    lines = tuple(str(error) for error in failure.errors)
    content = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def work(tx: Tx) -> None:
        in_force = tx.revisions.in_force() or ""
        told = Alert(
            id=f"policy-refused:{content}:{in_force}",
            key="alert-policy-refused",
            params={"revision": in_force},
            lines=lines,
        )
        if alert(tx, desk, told):
            entry = AuditEntry(
                act=Act.POLICY_REFUSED,
                actor=SYSTEM,
                subject="policy",
                at=desk.clock(),
                revision=in_force,
                details={"first": lines[0][:300] if lines else "", "mistakes": str(len(lines))},
            )
            tx.audit.append(entry)

    await desk.store.transact(work)


async def tell_superseded(desk: Desk, kept: PolicyRevision) -> None:
    """The files were changed to what was in force, or rejected, before: that alone brings nothing back."""

    def work(tx: Tx) -> None:
        in_force = tx.revisions.in_force() or ""
        if in_force == kept.revision or kept.state is RevisionState.WAITING:
            return
        params = {"revision": kept.revision, "in_force": in_force}
        alert(
            tx, desk, Alert(id=f"superseded:{kept.revision}:{in_force}", key="alert-policy-superseded", params=params)
        )

    await desk.store.transact(work)


async def tell_behind(desk: Desk, revision: str) -> None:
    """A replica cannot read what is in force: it decides nothing until it can."""
    told = Alert(id=f"behind:{revision}", key="alert-policy-behind", params={"revision": revision})
    await desk.store.transact(lambda tx: alert(tx, desk, told))
