"""What the outside may answer instead of doing what it was asked."""

from datetime import timedelta


class GraphError(Exception):
    """Microsoft Graph refused or failed.

    `code` is the key of a message (`graph-…`) that tells a person what it means; `retryable` says whether asking
    again can
    help; `unknown_outcome` that the effect may have happened, so the outside is looked at before any retry.
    `blocks_directory`: no invitation at all goes through any more. `detail` is Graph's own text, for the log and the
    administrators; it holds no token and no redeem URL.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool,
        unknown_outcome: bool = False,
        blocks_directory: bool = False,
        retry_after: timedelta | None = None,
        status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(code, status, detail)
        self.code = code
        self.retryable = retryable
        self.unknown_outcome = unknown_outcome
        self.blocks_directory = blocks_directory
        self.retry_after = retry_after
        self.status = status
        self.detail = detail


class PostingError(Exception):
    """Teams refused or failed to show a posting.

    `gone`: the activity to edit is no more, so it is posted anew. `unreachable`: the person or channel cannot be
    written
    to (blocked, not installed), which retries do not mend.
    """

    def __init__(
        self,
        code: str,
        *,
        retryable: bool,
        gone: bool = False,
        unreachable: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.gone = gone
        self.unreachable = unreachable
        self.retry_after = retry_after
