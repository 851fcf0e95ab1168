"""A Tx: every repository over one session."""

from bot.store.assignment_rows import AssignmentRows
from bot.store.audit_rows import AuditRows
from bot.store.chat_rows import ConfirmationRows, ConversationRows, DraftRows, SeenRows
from bot.store.freeze_rows import AlertRows, FreezeRows
from bot.store.guest_rows import GuestRows
from bot.store.job_rows import JobRows
from bot.store.posting_rows import PostingRows
from bot.store.request_rows import RequestRows
from bot.store.revision_rows import RevisionRows
from bot.store.sealing import Seal
from bot.store.session import Session


class Transaction:
    """`bot.workflow.ports.Tx`. The repositories hold nothing but the session, so they are made where asked for."""

    __slots__ = ("_seal", "_session")

    def __init__(self, session: Session, seal: Seal) -> None:
        self._session = session
        self._seal = seal

    @property
    def requests(self) -> RequestRows:
        return RequestRows(self._session)

    @property
    def assignments(self) -> AssignmentRows:
        return AssignmentRows(self._session)

    @property
    def guests(self) -> GuestRows:
        return GuestRows(self._session, self._seal)

    @property
    def drafts(self) -> DraftRows:
        return DraftRows(self._session)

    @property
    def conversations(self) -> ConversationRows:
        return ConversationRows(self._session)

    @property
    def postings(self) -> PostingRows:
        return PostingRows(self._session)

    @property
    def jobs(self) -> JobRows:
        return JobRows(self._session)

    @property
    def audit(self) -> AuditRows:
        return AuditRows(self._session)

    @property
    def seen(self) -> SeenRows:
        return SeenRows(self._session)

    @property
    def confirmations(self) -> ConfirmationRows:
        return ConfirmationRows(self._session)

    @property
    def revisions(self) -> RevisionRows:
        return RevisionRows(self._session)

    @property
    def freezes(self) -> FreezeRows:
        return FreezeRows(self._session)

    @property
    def alerts(self) -> AlertRows:
        return AlertRows(self._session)
