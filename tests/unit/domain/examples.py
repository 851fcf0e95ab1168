"""A request to begin tests from."""

from datetime import UTC, date, datetime

from bot.domain.findings import Outcome, Verdict
from bot.domain.people import Person, PersonRef, UserType
from bot.domain.requests import Choice, Decision, Request, RequestKind, RequestStatus
from bot.domain.routes import Stage, Who

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VERDICT = Verdict(outcome=Outcome.GRANTED, revision="0" * 12, findings=())
ADELE = Person(id="adele", name="Adele Vance", user_type=UserType.MEMBER)


def stage(group: str = "approvers", approvals: int = 1) -> Stage:
    return Stage(who=Who.GROUP, label=group, group=group, approvals=approvals)


def a_request(*stages: Stage, status: RequestStatus = RequestStatus.PENDING, reason_needed: bool = False) -> Request:
    return Request(
        id="1111111",
        kind=RequestKind.ACCESS,
        status=status,
        version=0,
        nonce="n",
        sponsor=ADELE,
        guest_address="ana@fabrikam.com",
        guest_name="Ana Silva",
        partner="fabrikam",
        packages=("project-falcon",),
        until=date(2027, 2, 20),
        ends_at=datetime(2027, 2, 21, tzinfo=UTC),
        justification="The joint design review of Falcon.",
        answers={},
        locale="en",
        submitted_at=NOW,
        route="line-manager",
        channel="guest-requests",
        reason_needed=reason_needed,
        stages=stages or (stage(),),
        facts={},
        verdict=VERDICT,
    )


def by(person: str, choice: Choice = Choice.APPROVE, *, at_stage: int = 0, reason: str = "") -> Decision:
    return Decision(
        stage=at_stage,
        choice=choice,
        by=PersonRef(id=person, name=person.title()),
        at=NOW,
        reason=reason,
        facts={},
        verdict=VERDICT,
    )
