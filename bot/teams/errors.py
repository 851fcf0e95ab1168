"""What can go wrong between Teams and us: refused at the door, malformed, or Teams not taking what we send."""


class Refused(Exception):
    """A call to the messaging endpoint that is not let in.

    `status`: 401 where it did not show who calls, 403 where the caller is known and may not. `why` is for the log: the
    caller learns the status only.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why


class Malformed(Exception):
    """What came is no activity, or no click, of ours: answered with `status` and `why`."""

    def __init__(self, why: str, *, status: int = 400) -> None:
        super().__init__(why)
        self.why = why
        self.status = status


class CredentialsError(Exception):
    """The bot got no token of its own. `detail` is the identity provider's code and words, without secrets."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
