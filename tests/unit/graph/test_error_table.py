"""The error table: an answer of Graph a row, and what it means."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.graph.errors import ERROR_TABLE, GRAPH_ERROR_KEYS, Call, GraphCode, graph_error, retry_after, scrub

# status, code, message, call, key, retryable, unknown outcome
ANSWERS = [
    (403, "Forbidden", "Guest invitations not allowed for your company. Contact your company administrator for more"
     " details.", Call.INVITE, "graph-invitations-off", False, False),
    (403, "Forbidden", "Invitations are blocked for this directory due to suspicious activity.", Call.INVITE,
     "graph-directory-blocked", False, False),
    (401, "Unauthorized", "Insufficient privileges to perform requested operation by the application '00000003-0000'."
     " ControllerName=MSGraphInviteAPI, ActionName=CreateInvite", Call.INVITE, "graph-permission-missing", False,
     False),
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", Call.ADD_MEMBER,
     "graph-permission-missing", False, False),
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", Call.READ,
     "graph-permission-missing", False, False),
    (403, "Forbidden", "This domain is blocked by your organization's policy.", Call.INVITE, "graph-domain-blocked",
     False, False),
    (403, "Forbidden", "This user's organization has blocked it by cross-tenant access settings.", Call.INVITE,
     "graph-cross-tenant-blocked", False, False),
    (400, "BadRequest", "This invitation is blocked by cross-tenant access settings of the organization.", Call.INVITE,
     "graph-cross-tenant-blocked", False, False),
    (400, "BadRequest", "Another object with the same value for property proxyAddresses already exists.", Call.INVITE,
     "graph-address-conflict", False, False),
    (409, "Conflict", "A mail contact with this address exists.", Call.INVITE, "graph-address-conflict", False, False),
    (400, "BadRequest", "This user can't be invited to this directory.", Call.INVITE, "graph-cannot-be-invited", False,
     False),
    (400, "BadRequest", "This user can\u2019t be invited to this directory.", Call.INVITE, "graph-cannot-be-invited",
     False, False),
    (400, "BadRequest", "The invited user already exists in the directory as object ID: 1.", Call.INVITE,
     "graph-cannot-be-invited", False, False),
    (400, "BadRequest", "Invalid invitedUserEmailAddress.", Call.INVITE, "graph-address-refused", False, False),
    (400, "Request_BadRequest", "The property 'invitedUserSponsors' cannot be set.", Call.INVITE,
     "graph-sponsor-refused", False, False),
    (500, "InternalServerError", "Unable to find target address", Call.INVITE, "graph-invite-failed", True, True),
    (500, "InternalServerError", "Directory invite operation failed", Call.INVITE, "graph-invite-failed", True, True),
    (429, "TooManyRequests", "Too many requests", Call.INVITE, "graph-throttled", True, True),
    (429, "TooManyRequests", "Too many requests", Call.ADD_MEMBER, "graph-throttled", True, False),
    (429, "TooManyRequests", "Too many requests", Call.READ, "graph-throttled", True, False),
    (500, "generalException", "Directory operation failed.", Call.INVITE, "graph-unavailable", True, True),
    (503, "serviceNotAvailable", "", Call.ASSIGN_ROLE, "graph-unavailable", True, True),
    (503, "serviceNotAvailable", "The request was throttled.", Call.ADD_MEMBER, "graph-throttled", True, True),
    (502, "", "<html>Bad gateway</html>", Call.READ, "graph-unavailable", True, False),
    (504, "", "", Call.INVITE, "graph-timeout", True, True),
    (504, "", "", Call.READ, "graph-timeout", True, False),
    (404, "Request_ResourceNotFound", "Resource '1' does not exist or one of its queried reference-property objects are"
     " not present.", Call.ADD_MEMBER, "graph-not-there-yet", True, False),
    (404, "Directory_ObjectNotFound", "", Call.ADD_SPONSOR, "graph-not-there-yet", True, False),
    (400, "Request_BadRequest", "The source resource of the relationship do not exist.", Call.ADD_MEMBER,
     "graph-not-there-yet", True, False),
    (400, "Request_BadRequest", "Not a valid reference update.", Call.ASSIGN_ROLE, "graph-not-there-yet", True, False),
    (404, "Request_ResourceNotFound", "Resource '1' does not exist", Call.READ, "graph-not-found", False, False),
    (400, "Request_BadRequest", "Permission being assigned was not found on application '1'.", Call.ASSIGN_ROLE,
     "graph-app-role-missing", False, False),
    (400, "Request_UnsupportedQuery", "Unsupported query.", Call.READ, "graph-query-refused", False, False),
    (400, "BadRequest", "Invalid filter clause", Call.READ, "graph-query-refused", False, False),
    (401, "InvalidAuthenticationToken", "Access token has expired.", Call.READ, "graph-unauthorized", False, False),
    (403, "Directory_QuotaExceeded", "The directory object quota limit has been exceeded.", Call.INVITE,
     "graph-quota-exceeded", False, False),
    (409, "Directory_ConcurrencyViolation", "", Call.ADD_MEMBER, "graph-concurrent-change", True, False),
    (400, "Request_BadRequest", "Something no one has seen.", Call.ADD_MEMBER, "graph-refused", False, False),
    (418, "", "", Call.INVITE, "graph-refused", False, False),
    (302, "", "", Call.READ, "graph-unexpected-answer", False, False),
    (302, "", "", Call.INVITE, "graph-unexpected-answer", False, True),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "call", "key", "retryable", "unknown"), ANSWERS)
def test_an_answer_means(
    status: int, code: str, message: str, call: Call, key: str, retryable: bool, unknown: bool
) -> None:
    error = graph_error(status=status, code=code, message=message, call=call)
    assert error is not None
    assert (error.code, error.retryable, error.unknown_outcome) == (key, retryable, unknown)
    assert error.status == status
    assert type(error.code) is str
    assert error.blocks_directory is (key == "graph-directory-blocked")


@pytest.mark.parametrize(
    ("status", "message", "call"),
    [
        (400, "One or more added object references already exist for the following modified properties: 'members'.",
         Call.ADD_MEMBER),
        (400, "One or more added object references already exist for the following modified properties: 'sponsors'.",
         Call.ADD_SPONSOR),
        (400, "Permission being assigned already exists on the object", Call.ASSIGN_ROLE),
        (404, "Resource '1' does not exist", Call.REMOVE_MEMBER),
        (404, "Resource '1' does not exist", Call.UNASSIGN_ROLE),
    ],
)  # fmt: skip
def test_what_is_so_already_is_success(status: int, message: str, call: Call) -> None:
    assert graph_error(status=status, code="Request_BadRequest", message=message, call=call) is None


@pytest.mark.parametrize("call", [Call.INVITE, Call.READ])
def test_already_exists_is_no_success_for_other_calls(call: Call) -> None:
    assert graph_error(status=400, code="", message="references already exist", call=call) is not None


def test_every_row_is_reached_by_an_answer_here() -> None:
    """A row that no case above selects could be wrong, or dead, unseen."""
    reached = {
        next(at for at, row in enumerate(ERROR_TABLE) if row.fits(status, f"{code}: {message}", call))
        for status, code, message, call, *_ in ANSWERS
    }
    unreached = [row for at, row in enumerate(ERROR_TABLE) if at not in reached and not row.success]
    assert unreached == []


@pytest.mark.parametrize("call", list(Call))
@pytest.mark.parametrize("status", [*range(300, 310), *range(400, 452), *range(500, 512)])
def test_no_answer_is_without_a_meaning_and_none_grants_by_accident(status: int, call: Call) -> None:
    error = graph_error(status=status, code="", message="", call=call)
    if error is None:
        assert (status, call) in {(404, Call.REMOVE_MEMBER), (404, Call.UNASSIGN_ROLE)}
    else:
        assert error.code in GRAPH_ERROR_KEYS


def test_keys_are_distinct_and_named_as_messages_are() -> None:
    assert len(set(GRAPH_ERROR_KEYS)) == len(GRAPH_ERROR_KEYS) == len(GraphCode)
    assert all(key.startswith("graph-") for key in GRAPH_ERROR_KEYS)


NOW = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("17", timedelta(seconds=17)),
        ("0", timedelta()),
        ("1.5", timedelta(seconds=1.5)),
        ("Mon, 12 Jan 2026 09:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 12 Jan 2026 08:00:00 GMT", timedelta()),
        ("-5", timedelta()),
        ("99999999999", timedelta(days=1)),
        ("nan", None),
        ("inf", timedelta(days=1)),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, wait: timedelta | None) -> None:
    assert retry_after({"Retry-After": value}, NOW) == wait


def test_no_header_is_no_wait() -> None:
    assert retry_after({}, NOW) is None


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3fticket%3dx",
        "Bearer abcdef",
        "ana.silva@fabrikam.com",
        "ana_fabrikam.com#EXT#@northwind.onmicrosoft.com",
    ],
)
def test_secrets_are_scrubbed_from_what_graph_says(secret: str) -> None:
    error = graph_error(status=400, code="BadRequest", message=f"Look at {secret} again", call=Call.INVITE)
    assert error is not None
    assert secret not in f"{error} {error.detail}"
    assert "again" in error.detail


def test_what_graph_says_is_kept_short_and_on_one_line() -> None:
    assert scrub("a\nb") == "a b"
    assert len(scrub("x" * 5000)) == 400
