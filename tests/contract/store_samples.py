"""Records to store in tests, whole but for what a test says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.assignments import Assignment
from bot.domain.findings import Effect, Facts, Finding, Outcome, Verdict
from bot.domain.packages import AppRole, Grants
from bot.domain.people import Person, PersonRef, UserType
from bot.domain.requests import Choice, Decision, DeliveryStep, Request, RequestKind, RequestStatus, StepKind
from bot.domain.routes import Limits, Route, Stage, StageRule, Who
from bot.workflow.records import Act, AuditEntry, Conversation, ConversationKind

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


MEGAN = Person(id="megan-id", name="Megan Bowen", user_type=UserType.MEMBER, manager=PersonRef(id="m", name="Alex"))

VERDICT = Verdict(
    outcome=Outcome.GRANTED,
    revision="0123456789ab",
    findings=(Finding(rule="baseline", effect=Effect.GRANT, reason={"": "fits", "zh-Hant": "符合"}, package="falcon"),),
    route=Route(key="line-manager", weight=10, stages=(StageRule(who=Who.GROUP, group="g"),), deny_after=timedelta(5)),
    limits=Limits(max_days=90, justification=30),
    questions=("project-code",),
)

FACTS: Facts = {
    "sponsor.user_type": "Member",
    "partner.known": True,
    "partner.country": None,
    "request.days": 60,
    "sponsor.load": 0.5,
    "sponsor.groups": ("a", "b"),
}


def a_request(identifier: str = "7KQ2M9X", **changes: Any) -> Request:
    """A pending request of Megan's for ana@fabrikam.com."""
    request = Request(
        id=identifier,
        kind=RequestKind.ACCESS,
        status=RequestStatus.PENDING,
        version=0,
        nonce=f"nonce of {identifier}",
        sponsor=MEGAN,
        guest_address="ana@fabrikam.com",
        guest_name="Ana Šilvá 李",
        partner="fabrikam",
        packages=("falcon",),
        until=date(2026, 5, 1),
        ends_at=datetime(2026, 5, 1, 22, 0, tzinfo=UTC),
        justification="The joint design review needs her in the workspace.",
        answers={"project-code": "F-1"},
        locale="en",
        submitted_at=NOW,
        route="line-manager",
        channel="guest-requests",
        reason_needed=False,
        stages=(Stage(who=Who.GROUP, label="Guest approvers", group="g", candidates=("a", "b")),),
        facts=FACTS,
        verdict=VERDICT,
        decisions=(
            Decision(
                stage=0,
                choice=Choice.APPROVE,
                by=PersonRef(id="a", name="Adele"),
                at=NOW,
                reason="",
                facts=FACTS,
                verdict=VERDICT,
            ),
        ),
        steps=(DeliveryStep(kind=StepKind.INVITE), DeliveryStep(kind=StepKind.GROUP, target="falcon-members")),
    )
    return replace(request, **changes)


def an_assignment(identifier: str = "A1", **changes: Any) -> Assignment:
    """Ana's hold of falcon under Megan."""
    assignment = Assignment(
        id=identifier,
        request_id="7KQ2M9X",
        guest_address="ana@fabrikam.com",
        guest_name="Ana Silva",
        package="falcon",
        sponsor=MEGAN.ref,
        grants=Grants(groups=("falcon-members",), app_roles=(AppRole(app="x", role="y"),)),
        since=NOW,
        until=date(2026, 5, 1),
        ends_at=datetime(2026, 5, 1, 22, 0, tzinfo=UTC),
    )
    return replace(assignment, **changes)


def an_entry(subject: str = "7KQ2M9X", **changes: Any) -> AuditEntry:
    """That Megan asked."""
    entry = AuditEntry(
        act=Act.REQUEST_SUBMITTED,
        actor="megan-id",
        subject=subject,
        at=NOW,
        revision="0123456789ab",
        details={"packages": "falcon", "kind": "access"},
        texts={"guest": "Ana Silva <ana@fabrikam.com>"},
    )
    return replace(entry, **changes)


def a_chat(identifier: str = "a:1", **changes: Any) -> Conversation:
    """Megan's personal chat."""
    conversation = Conversation(
        id=identifier,
        kind=ConversationKind.PERSONAL,
        service_url="https://smba.example/emea/",
        tenant_id="t",
        bot_id="28:bot",
        person_id="megan-id",
        user_id="29:megan",
    )
    return replace(conversation, **changes)
