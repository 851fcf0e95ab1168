"""The verbs that a card's buttons carry."""

from enum import StrEnum


class Verb(StrEnum):
    """What a click means. Cards live for months in channels: a verb is never given another meaning."""

    HELP = "help"
    BEGIN = "begin"
    RESUME = "resume"
    ANSWER = "answer"
    BACK = "back"
    CHANGE = "change"
    CANCEL = "cancel"
    SUBMIT = "submit"
    MY_REQUESTS = "my_requests"
    MY_GUESTS = "my_guests"
    STATUS = "status"
    WITHDRAW = "withdraw"
    ANOTHER = "another"
    AGAIN = "again"
    EXTEND = "extend"
    END = "end"
    RESEND = "resend"
    RETRY = "retry"
    APPROVE = "approve"
    DENY = "deny"
    NO = "no"
    REFRESH = "refresh"
    PUT_IN_FORCE = "put_in_force"
    REJECT_REVISION = "reject_revision"
