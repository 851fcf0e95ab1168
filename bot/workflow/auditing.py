"""Writing the audit trail: one line for each thing that happened."""

from collections.abc import Mapping

from bot.domain.assignments import Assignment
from bot.domain.findings import Verdict
from bot.domain.requests import Request
from bot.workflow.desk import Desk
from bot.workflow.ports import Tx
from bot.workflow.records import Act, AuditEntry

SYSTEM = "system"
"""The actor of what nobody asked for at that moment: jobs, deadlines, policy."""


def tried_out(verdict: Verdict) -> dict[str, str]:
    """For an entry's details: what rules in shadow mode would have said."""
    if not verdict.shadow:
        return {}
    said = dict.fromkeys(f"{finding.effect}:{finding.rule}" for finding in verdict.shadow)
    return {"shadow": ",".join(said)}


def record(
    tx: Tx,
    desk: Desk,
    act: Act,
    actor: str,
    subject: Request | Assignment | str,
    *,
    details: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
) -> None:
    """One audit entry, under the policy revision in force. Details are ids and codes; texts are personal."""
    known: dict[str, str] = {}
    if isinstance(subject, Request):
        known = {"kind": str(subject.kind), "packages": ",".join(subject.packages), "until": subject.until.isoformat()}
    elif isinstance(subject, Assignment):
        known = {"package": subject.package, "request": subject.request_id, "until": subject.until.isoformat()}
    tx.audit.append(
        AuditEntry(
            act=act,
            actor=actor,
            subject=subject if isinstance(subject, str) else subject.id,
            at=desk.clock(),
            revision=desk.policy().revision,
            details={**known, **(details or {})},
            texts=texts or {},
        )
    )
