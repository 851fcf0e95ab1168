"""Finding what the audit trail holds about an id or a guest's address."""

from bot.cli.failures import CommandFailed
from bot.domain.errors import MistypedId
from bot.domain.shortid import parse_id
from bot.workflow.ports import Store, Tx
from bot.workflow.records import StoredAuditEntry

MOST_REQUESTS = 1000


async def entries_about(store: Store, subject: str) -> list[StoredAuditEntry]:
    """Every step about a request (with its assignments), an assignment, or a guest (with all requests for them)."""
    if "@" in subject:
        address = subject.strip().casefold()
        return await store.read(lambda tx: list(tx.audit.about(_of_guest(tx, address))))
    try:
        identifier = parse_id(subject)
    except MistypedId:
        raise CommandFailed(
            f"{subject} is no id: its check character does not fit. Give a request's or assignment's id, or an address."
        ) from None
    return await store.read(lambda tx: list(tx.audit.about(_of_id(tx, identifier))))


def _of_id(tx: Tx, identifier: str) -> list[str]:
    return [identifier, *(held.id for held in tx.assignments.of_request(identifier))]


def _of_guest(tx: Tx, address: str) -> list[str]:
    found = [request.id for request in tx.requests.about_guest(address, limit=MOST_REQUESTS)]
    return [subject for request_id in found for subject in _of_id(tx, request_id)]
