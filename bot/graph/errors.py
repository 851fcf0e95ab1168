"""What Graph may answer, and what each answer means: the error table (graph.md, C and D) as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from bot.workflow.errors import GraphError


class Call(StrEnum):
    """What was asked of Graph, where the same answer means different things."""

    READ = "read"
    INVITE = "invite"
    ADD_MEMBER = "add_member"
    REMOVE_MEMBER = "remove_member"
    ASSIGN_ROLE = "assign_role"
    UNASSIGN_ROLE = "unassign_role"
    ADD_SPONSOR = "add_sponsor"


class GraphCode(StrEnum):
    """Every key a GraphError of this folder carries; each has a text in every catalogue."""

    TOKEN = "graph-token"  # noqa: S105 -- the key of a message
    UNAUTHORIZED = "graph-unauthorized"
    PERMISSION_MISSING = "graph-permission-missing"
    INVITATIONS_OFF = "graph-invitations-off"
    DIRECTORY_BLOCKED = "graph-directory-blocked"
    DOMAIN_BLOCKED = "graph-domain-blocked"
    CROSS_TENANT_BLOCKED = "graph-cross-tenant-blocked"
    ADDRESS_CONFLICT = "graph-address-conflict"
    ADDRESS_REFUSED = "graph-address-refused"
    CANNOT_BE_INVITED = "graph-cannot-be-invited"
    INVITE_FAILED = "graph-invite-failed"
    SPONSOR_REFUSED = "graph-sponsor-refused"
    QUOTA = "graph-quota-exceeded"
    THROTTLED = "graph-throttled"
    UNAVAILABLE = "graph-unavailable"
    TIMEOUT = "graph-timeout"
    CONNECTION_LOST = "graph-connection-lost"
    UNREACHABLE = "graph-unreachable"
    NOT_THERE_YET = "graph-not-there-yet"
    NOT_FOUND = "graph-not-found"
    GROUP_MISSING = "graph-group-missing"
    GROUP_SYNCED = "graph-group-synced"
    GROUP_DYNAMIC = "graph-group-dynamic"
    ROLE_ASSIGNABLE_GROUP = "graph-role-assignable-group"
    APP_ROLE_MISSING = "graph-app-role-missing"
    NOT_A_GUEST = "graph-not-a-guest"
    CONCURRENT_CHANGE = "graph-concurrent-change"
    QUERY_REFUSED = "graph-query-refused"
    REFUSED = "graph-refused"
    UNEXPECTED_ANSWER = "graph-unexpected-answer"


GRAPH_ERROR_KEYS: tuple[str, ...] = tuple(str(code) for code in GraphCode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: which answers it is about, and what they mean. An empty pattern or set fits everything.

    `says` is searched in "code: message", in any case; `statuses` holds HTTP statuses or one class of them (5 for
    5xx). The first row that fits counts.
    """

    code: GraphCode
    statuses: frozenset[int] = frozenset()
    says: str = ""
    calls: frozenset[Call] = frozenset()
    retryable: bool = False
    unknown_outcome: bool = False
    blocks_directory: bool = False
    success: bool = False
    """What was asked for is so already."""

    def fits(self, status: int, text: str, call: Call) -> bool:
        return (
            (not self.statuses or status in self.statuses or status // 100 in self.statuses)
            and (not self.calls or call in self.calls)
            and (not self.says or re.search(self.says, text, re.IGNORECASE) is not None)
        )


_INVITE = frozenset({Call.INVITE})
_ADD = frozenset({Call.ADD_MEMBER, Call.ADD_SPONSOR, Call.ASSIGN_ROLE})
_REMOVE = frozenset({Call.REMOVE_MEMBER, Call.UNASSIGN_ROLE})
_WRITES = frozenset(Call) - {Call.READ}
_READ = frozenset({Call.READ})

ERROR_TABLE: tuple[Row, ...] = (
    # Success in other words.
    Row(
        code=GraphCode.REFUSED,
        statuses=frozenset({400, 409}),
        calls=_ADD,
        success=True,
        says=r"already exist|already (been )?assigned",
    ),
    Row(code=GraphCode.NOT_FOUND, statuses=frozenset({404}), calls=_REMOVE, success=True),
    # The tenant, or Microsoft, does not let us invite.
    Row(
        code=GraphCode.DIRECTORY_BLOCKED,
        calls=_INVITE,
        blocks_directory=True,
        statuses=frozenset({400, 401, 403}),
        says=r"blocked for this directory|suspicious activity",
    ),
    Row(
        code=GraphCode.INVITATIONS_OFF,
        calls=_INVITE,
        statuses=frozenset({400, 401, 403}),
        says=r"guest invitations (are )?not allowed",
    ),
    Row(
        code=GraphCode.CROSS_TENANT_BLOCKED,
        calls=_INVITE,
        statuses=frozenset({400, 401, 403}),
        says=r"cross[- ]tenant access",
    ),
    Row(
        code=GraphCode.DOMAIN_BLOCKED,
        calls=_INVITE,
        statuses=frozenset({400, 401, 403}),
        says=r"domain.{0,80}(blocked|not allowed|is not permitted)|(blocked|not allowed).{0,80}domain|allow.?list"
        r"|deny.?list|domain of the user.{0,120}polic",
    ),
    # The address itself.
    Row(
        code=GraphCode.ADDRESS_CONFLICT,
        calls=_INVITE,
        statuses=frozenset({400, 403, 409}),
        says=r"prox(y|ies) ?address|conflicting object|same value for property|mail contact|\bcontact object",
    ),
    Row(
        code=GraphCode.CANNOT_BE_INVITED,
        calls=_INVITE,
        statuses=frozenset({400, 403, 409}),
        says=r"can(no|['\u2019])?t be invited|invited user already exists|verified domain of (this|the) directory"
        r"|not supported.{0,40}invit",
    ),
    Row(
        code=GraphCode.ADDRESS_REFUSED,
        calls=_INVITE,
        statuses=frozenset({400}),
        says=r"invitedUserEmailAddress|invalid (e-?mail )?address|email address.{0,40}invalid",
    ),
    Row(
        code=GraphCode.SPONSOR_REFUSED,
        statuses=frozenset({400, 404}),
        says=r"sponsor",
        calls=frozenset({Call.INVITE, Call.ADD_SPONSOR}),
    ),
    Row(
        code=GraphCode.INVITE_FAILED,
        calls=_INVITE,
        statuses=frozenset({5}),
        retryable=True,
        unknown_outcome=True,
        says=r"unable to find target address|directory invite operation failed",
    ),
    # Consent.
    Row(
        code=GraphCode.PERMISSION_MISSING,
        statuses=frozenset({400, 401, 403}),
        says=r"insufficient privileges|authorization_requestdenied|^unauthorized:|accessdenied|missing.{0,20}scope",
    ),
    Row(code=GraphCode.UNAUTHORIZED, statuses=frozenset({401})),
    Row(code=GraphCode.QUOTA, statuses=frozenset({400, 403}), says=r"quota"),
    # Eventual consistency: what was made a moment ago is not there yet.
    Row(
        code=GraphCode.NOT_THERE_YET,
        statuses=frozenset({400}),
        calls=_WRITES,
        retryable=True,
        says=r"not a valid reference update|source resource.{0,80}do(es)? not exist|directory_objectnotfound"
        r"|resource_?not_?found",
    ),
    Row(
        code=GraphCode.APP_ROLE_MISSING,
        statuses=frozenset({400, 404}),
        calls=frozenset({Call.ASSIGN_ROLE}),
        says=r"permission being assigned was not found|approle.{0,40}(not found|invalid)",
    ),
    Row(code=GraphCode.NOT_THERE_YET, statuses=frozenset({404}), calls=_WRITES, retryable=True),
    Row(code=GraphCode.NOT_FOUND, statuses=frozenset({404})),
    # The service. Of an invitation nobody knows then whether it went out; the other writes can be repeated.
    Row(
        code=GraphCode.THROTTLED,
        statuses=frozenset({429}),
        calls=_INVITE,
        retryable=True,
        unknown_outcome=True,
    ),
    Row(code=GraphCode.THROTTLED, statuses=frozenset({429}), retryable=True),
    Row(
        code=GraphCode.THROTTLED,
        statuses=frozenset({503}),
        calls=_WRITES,
        retryable=True,
        unknown_outcome=True,
        says=r"throttl|too ?many ?requests",
    ),
    Row(code=GraphCode.CONCURRENT_CHANGE, statuses=frozenset({409, 412, 423}), retryable=True),
    Row(code=GraphCode.TIMEOUT, statuses=frozenset({408, 504}), calls=_READ, retryable=True),
    Row(code=GraphCode.TIMEOUT, statuses=frozenset({408, 504}), retryable=True, unknown_outcome=True),
    Row(code=GraphCode.UNAVAILABLE, statuses=frozenset({5}), calls=_READ, retryable=True),
    Row(code=GraphCode.UNAVAILABLE, statuses=frozenset({5}), retryable=True, unknown_outcome=True),
    # What is left.
    Row(
        code=GraphCode.QUERY_REFUSED,
        statuses=frozenset({400, 501}),
        calls=_READ,
        says=r"unsupportedquery|invalid filter|unsupported.{0,40}(filter|query)|badrequest|request_badrequest",
    ),
    Row(code=GraphCode.REFUSED, statuses=frozenset({4})),
    Row(code=GraphCode.UNEXPECTED_ANSWER, calls=_READ),
    Row(code=GraphCode.UNEXPECTED_ANSWER, unknown_outcome=True),
)


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The time that `Retry-After` asks for: seconds or an HTTP date; None where it is absent or makes no sense."""
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        return timedelta(seconds=min(max(float(value), 0.0), 86_400.0)) if value.isascii() else None
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max(at - now, timedelta()), timedelta(days=1))


_SECRETS = re.compile(
    r"eyJ[\w-]+\.[\w-]+(\.[\w-]*)?"  # a token
    r"|https?://\S*(redeem|invit|ticket|token)\S*"  # a redeem URL, or what looks like one
    r"|(?i:bearer)\s+\S+"
    r"|[^\s@<>\"']+@[^\s@<>\"']+"  # somebody's address: the log names a job, and the job its subject
)


def scrub(text: str, *, limit: int = 400) -> str:
    """Graph's words without what looks like a token, a redeem URL or an address, on one line, not for ever."""
    return " ".join(_SECRETS.sub("[removed]", text).split())[:limit]


def graph_error(
    *, status: int, code: str, message: str, call: Call, wait: timedelta | None = None, request_id: str = ""
) -> GraphError | None:
    """What this answer means; None where it is success in other words (a member already, no member any more)."""
    text = f"{code}: {message}"
    row = next(row for row in ERROR_TABLE if row.fits(status, text, call))
    if row.success:
        return None
    detail = f"HTTP {status} {scrub(text)}" + (f" (request-id {scrub(request_id, limit=64)})" if request_id else "")
    return GraphError(
        row.code.value,
        retryable=row.retryable,
        unknown_outcome=row.unknown_outcome,
        blocks_directory=row.blocks_directory,
        retry_after=wait,
        status=status,
        detail=detail,
    )


def unreachable(call: Call, why: Exception, *, sent: bool, timed_out: bool) -> GraphError:
    """No answer came. `sent`: the request may have reached Graph, so a write's outcome is unknown."""
    code = GraphCode.TIMEOUT if timed_out else GraphCode.CONNECTION_LOST if sent else GraphCode.UNREACHABLE
    return GraphError(
        code.value,
        retryable=True,
        unknown_outcome=sent and call is not Call.READ,
        detail=scrub(f"{type(why).__name__}"),
    )
