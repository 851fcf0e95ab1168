"""What the sandbox answers with: Graph's shapes of success and refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: Mapping[str, object] | None = None


class Refused(Exception):
    """Graph refuses: `{"error": {"code", "message", "innerError"}}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str, *, code: str = "Request_BadRequest") -> Refused:
    return Refused(400, code, message)


def unsupported(message: str) -> Refused:
    return bad_request(message, code="Request_UnsupportedQuery")


def not_found(object_id: str) -> Refused:
    return Refused(
        404,
        "Request_ResourceNotFound",
        f"Resource '{object_id}' does not exist or one of its queried reference-property objects are not present.",
    )


def denied(message: str = "Insufficient privileges to complete the operation.") -> Refused:
    return Refused(403, "Authorization_RequestDenied", message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One call, parsed as far as every call is. `origin`: where this sandbox is reached."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    url: str
    origin: str
    body: object = field(default=None)
