"""Views to draw: ordinary ones, the least that can be shown, and the most that people and policies can put in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from bot.domain.assignments import Assignment, AssignmentStatus
from bot.domain.findings import Effect, Finding, Outcome, Verdict
from bot.domain.packages import Grants
from bot.domain.people import Person, PersonRef, Redemption, UserType
from bot.domain.requests import (
    Choice,
    Decision,
    DeliveryStep,
    Request,
    RequestKind,
    RequestStatus,
    StepKind,
    StepState,
)
from bot.domain.routes import Stage, Who
from bot.domain.shortid import new_id
from bot.interview.draft import Draft, Option, Problem, Question, Topic
from bot.workflow.records import Origin, PolicyRevision, RevisionState, Simulated
from bot.workflow.views import (
    ApprovalView,
    AssignmentView,
    AttentionView,
    Can,
    ConfirmDecision,
    DraftWaiting,
    GuestEntry,
    GuestList,
    HeldPackage,
    HelpView,
    Notice,
    OutcomeView,
    PastRequest,
    PolicyView,
    ProgressView,
    QuestionView,
    RedemptionNudge,
    RequestList,
    RequestView,
    Review,
    View,
    Welcome,
    WhoDecides,
)
from policies.changes import Change, ChangeKind

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
UNTIL = date(2027, 2, 20)
ID = new_id(lambda alphabet: alphabet[7])
HELD_ID = new_id(lambda alphabet: alphabet[9])
NAMES: Mapping[str, dict[str, str]] = {
    "project-falcon": {"": "Project Falcon workspace", "zh-Hant": "獵鷹專案工作區"},
    "falcon-plans": {"": "Falcon drawings (read only)", "zh-Hant": "獵鷹圖面（唯讀）"},
}

HOSTILE = (
    "MARK **bold** [link](https://evil.example) <at>Megan</at> {{DATE(2020-01-01)}} a\u0301\u0302\u0303\u0304\u0305 "
    "\u202eexe\u202c \u200b\u2066\ue000 שלום \U0001f468\u200d\U0001f469 \x00 &amp; </speak>"
)
"""Markdown, a link, a mention, a template, bidi controls, invisible, private-use and combining characters."""

HUGE = (HOSTILE + " \U000e0100\u3164" * 3) * 60

MEGAN = PersonRef(id="00000000-0000-0000-0000-00000000000a", name="Megan Bowen")
SPONSOR = Person(
    id="00000000-0000-0000-0000-000000000001",
    name="Alex Wilber",
    address="alex@contoso.com",
    user_type=UserType.MEMBER,
    title="Product Manager",
    department="Falcon Programme",
    manager=MEGAN,
)

A_REVISION = PolicyRevision(
    revision="0123456789ab",
    files=(("policy.yaml", "rules: []"),),
    at=NOW,
    state=RevisionState.WAITING,
    base="ba9876543210",
    origin=Origin(commit="c0ffee" * 6 + "c0ff", author="Alex Wilber <alex@contoso.com>"),
    changes=(
        Change(kind=ChangeKind.ADDED, what="rules", key="contractors", effect=Effect.GRANT, may_grant=True),
        Change(kind=ChangeKind.CHANGED, what="partners", key="fabrikam", may_grant=True),
        Change(kind=ChangeKind.REMOVED, what="rules", key="baseline", effect=Effect.GRANT),
    ),
    changes_in_all=3,
    simulated=Simulated(looked_at=120, differences=(("newly granted", "by contractors, auto (nobody is asked)", 4),)),
)

BASELINE = Finding(
    rule="baseline",
    effect=Effect.GRANT,
    reason={"": "Employees may invite people of known partners.", "zh-Hant": "員工可以邀請已知合作夥伴的人員。"},
    package="project-falcon",
)
TIGHTENED = Finding(
    rule="many-guests",
    effect=Effect.TIGHTEN,
    reason={"": "You sponsor 8 guests already, so security looks at it too."},
)
DENIED = Finding(
    rule="consumer-mail",
    effect=Effect.DENY,
    reason={"": "gmail.com is consumer mail and may not be invited."},
    remedy={"": "Ask your guest for a work address."},
)
GRANTED = Verdict(outcome=Outcome.GRANTED, revision="abc123abc123", findings=(BASELINE, TIGHTENED))

STAGES = (
    Stage(who=Who.PACKAGE_OWNER, label="Falcon owners", group="g-1", first="Megan Bowen", others=3),
    Stage(who=Who.GROUP, label="Security approvers", group="g-2", approvals=2, first="Nestor Wilke", others=4),
)
DECIDERS = (
    WhoDecides(first="Megan Bowen", others=3, group="Falcon owners"),
    WhoDecides(first="Nestor Wilke", others=4, group="Security approvers", approvals=2),
)


def a_request(status: RequestStatus = RequestStatus.PENDING, **changes: object) -> Request:
    request = Request(
        id=ID,
        kind=RequestKind.ACCESS,
        status=status,
        version=1,
        nonce="q2n5-nonce_of-this.request"[:20].replace(".", ""),
        sponsor=SPONSOR,
        guest_address="ana.silva@fabrikam.com",
        guest_name="Ana Silva",
        partner="fabrikam",
        packages=("project-falcon", "falcon-plans"),
        until=UNTIL,
        ends_at=datetime(2027, 2, 21, tzinfo=UTC),
        justification="Joint design review of the Falcon housing with Fabrikam's engineers, each week until then.",
        answers={"project-code": "FAL-1024"},
        locale="en",
        submitted_at=NOW,
        route="owner-then-security",
        channel="guest-requests",
        reason_needed=False,
        stages=STAGES,
        facts={"request.days": 89},
        verdict=GRANTED,
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def a_decision(choice: Choice = Choice.APPROVE, reason: str = "", stage: int = 0, by: PersonRef = MEGAN) -> Decision:
    return Decision(stage=stage, choice=choice, by=by, at=NOW, reason=reason, facts={}, verdict=GRANTED)


def shown(request: Request | None = None, *cans: Can, **changes: object) -> RequestView:
    view = RequestView(
        request=request or a_request(),
        package_names=NAMES,
        question_texts={"project-code": {"": "Which project code pays for it?", "zh-Hant": "由哪個專案代碼支付？"}},
        partner_name="Fabrikam",
        deciders=DECIDERS,
        cans=frozenset(cans),
    )
    return replace(view, **changes)  # type: ignore[arg-type]


HISTORY = (
    PastRequest(id=HELD_ID, sponsor="Lee Gu", packages=(NAMES["falcon-plans"],), status="delivered", at=NOW),
    PastRequest(id=ID, sponsor="Alex Wilber", packages=(NAMES["project-falcon"],), status="denied", at=NOW),
)

STEPS = (
    DeliveryStep(kind=StepKind.INVITE, state=StepState.DONE),
    DeliveryStep(kind=StepKind.SPONSOR, state=StepState.DONE),
    DeliveryStep(kind=StepKind.GROUP, target="g-9", state=StepState.DONE),
    DeliveryStep(kind=StepKind.GROUP, target="g-8", state=StepState.FAILED, error="graph-group-synced"),
    DeliveryStep(kind=StepKind.APP_ROLE, target="a/r"),
)

DRAFT = Draft(
    id="dR4ft-id_0",
    locale="en",
    time_zone="Europe/Berlin",
    address="ana.silva@fabrikam.com",
    name="Ana Silva",
    packages=("project-falcon",),
    until=UNTIL,
    justification="Joint design review of the Falcon housing",
    answers={"project-code": "FAL-1024"},
    version=7,
)

PACKAGE_OPTIONS = (
    Option(
        value="project-falcon", label="Project Falcon workspace", hint="Team, files and plans of the Falcon project"
    ),
    Option(value="falcon-plans", label="Falcon drawings (read only)", hint="Released drawings, no editing"),
    Option(value="test-lab", label="Test lab bookings"),
)


def a_question(topic: Topic, **changes: object) -> Question:
    question = Question(name=str(topic), topic=topic, number=list(Topic).index(topic) + 1, of=6, can_go_back=True)
    return replace(question, **changes)  # type: ignore[arg-type]


def asked(question: Question, draft: Draft = DRAFT, **changes: object) -> QuestionView:
    view = QuestionView(draft=draft, question=question, package_names=NAMES, partner_name="Fabrikam")
    return replace(view, **changes)  # type: ignore[arg-type]


def an_assignment(**changes: object) -> Assignment:
    assignment = Assignment(
        id=HELD_ID,
        request_id=ID,
        guest_address="ana.silva@fabrikam.com",
        guest_name="Ana Silva",
        package="project-falcon",
        sponsor=MEGAN,
        grants=Grants(groups=("g-1",)),
        since=NOW,
        until=UNTIL,
        ends_at=NOW,
    )
    return replace(assignment, **changes)  # type: ignore[arg-type]


EMPTY_DRAFT = Draft(id="d", locale="en", time_zone="UTC")
HELD = HeldPackage(
    assignment=an_assignment(), package_name=NAMES["project-falcon"], cans=frozenset({Can.EXTEND, Can.END})
)
PENDING_HELD = replace(HELD, cans=frozenset({Can.EXTEND, Can.END, Can.RESEND}))
ENDING_HELD = replace(HELD, assignment=an_assignment(status=AssignmentStatus.EXPIRING), cans=frozenset())

REVIEW = Review(
    draft=DRAFT,
    package_names=NAMES,
    question_texts={"project-code": {"": "Which project code pays for it?"}},
    partner_name="Fabrikam",
    days=89,
    outcome=Outcome.GRANTED,
    findings=(BASELINE, TIGHTENED),
    problems=(),
    deciders=DECIDERS,
    changeable=("address", "name", "packages", "duration", "justification", "custom:project-code"),
)

QUESTIONS: dict[str, View] = {
    "question-address": asked(a_question(Topic.ADDRESS, can_go_back=False), EMPTY_DRAFT),
    "question-address-wrong": asked(
        a_question(Topic.ADDRESS, value="ana@fabrikam", can_go_back=False),
        EMPTY_DRAFT,
        problem=Problem(key="problem-address-malformed", params={"address": "ana@fabrikam"}),
    ),
    "question-address-denied": asked(
        a_question(Topic.ADDRESS, value="ana@gmail.com", can_go_back=False), EMPTY_DRAFT, denials=(DENIED,)
    ),
    "question-name": asked(
        a_question(
            Topic.NAME,
            value="Ana Silva",
            notes=(Problem(key="note-partner-known", params={"partner": "Fabrikam"}),),
        ),
        replace(DRAFT, name=None, packages=None, until=None, justification=None),
    ),
    "question-packages": asked(
        a_question(Topic.PACKAGES, options=PACKAGE_OPTIONS, many=True, value="project-falcon"),
        replace(DRAFT, packages=None, until=None, justification=None),
    ),
    "question-duration": asked(
        a_question(Topic.DURATION, max_days=90, latest=date(2027, 2, 21)),
        replace(DRAFT, until=None, justification=None),
    ),
    "question-duration-wrong": asked(
        a_question(Topic.DURATION, max_days=90, latest=date(2027, 2, 21)),
        replace(DRAFT, until=None, justification=None),
        problem=Problem(
            key="problem-duration-too-long",
            params={"until": date(2027, 11, 23), "days": 365, "max_days": 90, "latest": date(2027, 2, 21)},
        ),
    ),
    "question-justification": asked(
        a_question(Topic.JUSTIFICATION, fewest_characters=30), replace(DRAFT, justification=None)
    ),
    "question-custom": asked(
        a_question(
            Topic.CUSTOM, name="custom:project-code", text="Which project code pays for it?", help="Such as FAL-1024."
        )
    ),
    "question-custom-choice": asked(
        a_question(
            Topic.CUSTOM,
            name="custom:data",
            text="Which data will be shared?",
            options=(Option(value="public", label="Public"), Option(value="internal", label="Internal")),
        )
    ),
}

ORDINARY: dict[str, View] = {
    "welcome": Welcome(first_name="Alex"),
    "welcome-draft": Welcome(first_name="Alex", draft=DRAFT),
    "help": HelpView(for_administrators=True),
    "help-question": HelpView(question=a_question(Topic.DURATION), draft=DRAFT),
    "waiting": DraftWaiting(draft=DRAFT, package_names=NAMES),
    **QUESTIONS,
    "review": REVIEW,
    "review-at-once": replace(REVIEW, deciders=(), findings=(BASELINE,)),
    "review-denied": replace(REVIEW, outcome=Outcome.DENIED, findings=(DENIED,), deciders=()),
    "review-held": replace(
        REVIEW,
        problems=(
            Problem(key="problem-already-holds", params={"package": "Project Falcon workspace", "until": UNTIL}),
        ),
    ),
    "approval": ApprovalView(
        shown=shown(None, Can.APPROVE, Can.DENY, history=HISTORY, approver_ids=(MEGAN.id, SPONSOR.id))
    ),
    "approval-second": ApprovalView(
        shown=shown(
            a_request(decisions=(a_decision(reason="Known supplier."),), reason_needed=True), Can.APPROVE, Can.DENY
        )
    ),
    "approval-approved": ApprovalView(
        shown=shown(
            a_request(
                RequestStatus.DELIVERING,
                decisions=(a_decision(), a_decision(stage=1, by=PersonRef(id="n", name="Nestor Wilke"))),
                steps=STEPS[:3],
                stages=STAGES,
            )
        )
    ),
    "approval-denied": ApprovalView(
        shown=shown(
            a_request(
                RequestStatus.DENIED,
                decisions=(a_decision(Choice.DENY, "The prototype is not released to partners."),),
                closed_reason="The prototype is not released to partners.",
                closed_at=NOW,
            )
        ),
        notice="notice-policy-denied-meanwhile",
    ),
    "approval-suspicious": ApprovalView(
        shown=shown(
            a_request(
                guest_address="ana@xn--fbrikam-9jg.com", guest_name="Ana\u202e Sil\u200bva שרה", stages=STAGES[:1]
            ),
            Can.APPROVE,
            Can.DENY,
            partner_name=None,
            deciders=DECIDERS[:1],
        )
    ),
    "progress": ProgressView(shown=shown(None, Can.WITHDRAW, Can.ANOTHER)),
    "progress-delivering": ProgressView(shown=shown(a_request(RequestStatus.DELIVERING, steps=STEPS[:3]))),
    "outcome-delivered": OutcomeView(
        shown=shown(
            a_request(RequestStatus.DELIVERED, steps=STEPS[:3], decisions=(a_decision(),)),
            Can.RESEND,
            Can.ANOTHER,
            redemption=Redemption.PENDING,
        )
    ),
    "outcome-accepted": OutcomeView(
        shown=shown(
            a_request(RequestStatus.DELIVERED, kind=RequestKind.ACCESS), Can.ANOTHER, redemption=Redemption.ACCEPTED
        )
    ),
    "outcome-extended": OutcomeView(
        shown=shown(a_request(RequestStatus.DELIVERED, kind=RequestKind.EXTENSION), Can.ANOTHER)
    ),
    "outcome-denied": OutcomeView(
        shown=shown(
            a_request(
                RequestStatus.DENIED,
                decisions=(a_decision(Choice.DENY, "Not released."),),
                closed_reason="The prototype is not released to partners.",
            ),
            Can.AGAIN,
            Can.ANOTHER,
        )
    ),
    "outcome-lapsed": OutcomeView(shown=shown(a_request(RequestStatus.LAPSED), Can.AGAIN, Can.ANOTHER)),
    "outcome-withdrawn": OutcomeView(shown=shown(a_request(RequestStatus.WITHDRAWN), Can.AGAIN, Can.ANOTHER)),
    "outcome-attention": OutcomeView(
        shown=shown(a_request(RequestStatus.NEEDS_ATTENTION, problem="graph-domain-blocked", steps=STEPS), Can.ANOTHER)
    ),
    "attention": AttentionView(
        shown=shown(a_request(RequestStatus.NEEDS_ATTENTION, problem="graph-domain-blocked", steps=STEPS), Can.RETRY),
        detail="403 Forbidden: The domain of the user is not permitted by policy.",
    ),
    "confirm": ConfirmDecision(shown=shown()),
    "requests": RequestList(
        requests=(
            a_request(),
            a_request(RequestStatus.DELIVERED, guest_name="Bo Chen", guest_address="bo@contoso-partner.com"),
            a_request(RequestStatus.DENIED, packages=("project-falcon",)),
            a_request(RequestStatus.DELIVERING),
            a_request(RequestStatus.LAPSED),
        ),
        package_names=NAMES,
        page=1,
        pages=3,
    ),
    "guests": GuestList(
        guests=(
            GuestEntry(
                address="ana.silva@fabrikam.com",
                name="Ana Silva",
                redemption=Redemption.PENDING,
                held=(PENDING_HELD, ENDING_HELD),
            ),
            GuestEntry(address="bo@fabrikam.com", name="Bo Chen", redemption=Redemption.ACCEPTED, held=(HELD,)),
        ),
        page=0,
        pages=2,
    ),
    **{
        f"assignment-{moment}": AssignmentView(
            assignment=an_assignment(), package_name=NAMES["project-falcon"], moment=moment, days_left=14, cans=cans
        )
        for moment, cans in (
            ("warning", frozenset({Can.EXTEND, Can.END})),
            ("confirm_end", frozenset[Can]()),
            ("ending", frozenset[Can]()),
            ("ended", frozenset({Can.AGAIN})),
        )
    },
    "nudge": RedemptionNudge(address="ana.silva@fabrikam.com", name="Ana Silva", request_id=ID, days=3),
    "policy-waiting": PolicyView(revision=A_REVISION, in_force=False, cans=frozenset({Can.PUT_IN_FORCE, Can.REJECT})),
    "policy-in-force": PolicyView(
        revision=replace(A_REVISION, state=RevisionState.ACCEPTED, by=MEGAN, settled_at=NOW), in_force=True
    ),
    "notice": Notice(key="notice-cancelled"),
    "notice-refused": Notice(
        key="error-already-decided", params={"status": "approved", "by": "Megan Bowen"}, refused=True
    ),
    "notice-problems": Notice(
        key="error-open-request-exists",
        params={"id": ID},
        refused=True,
        problems=(Problem(key="problem-under-way", params={"package": "Falcon", "id": ID}),),
    ),
}

# --- the least -------------------------------------------------------------------------------------------------------

BARE_REQUEST = a_request(
    sponsor=Person(id="s", name=""),
    guest_name="",
    partner=None,
    packages=(),
    justification="",
    answers={},
    stages=(),
    facts={},
    verdict=Verdict(outcome=Outcome.DENIED, revision="", findings=()),
)
BARE = RequestView(request=BARE_REQUEST, package_names={}, question_texts={}, partner_name=None)

LEAST: dict[str, View] = {
    "welcome": Welcome(first_name=""),
    "welcome-draft": Welcome(first_name="", draft=EMPTY_DRAFT),
    "help": HelpView(),
    "waiting": DraftWaiting(draft=EMPTY_DRAFT, package_names={}),
    **{
        f"question-{topic}": QuestionView(
            draft=EMPTY_DRAFT,
            question=Question(name=str(topic), topic=topic, number=1, of=1),
            package_names={},
        )
        for topic in Topic
        if topic is not Topic.REVIEW
    },
    "review": replace(
        REVIEW, draft=EMPTY_DRAFT, package_names={}, question_texts={}, partner_name=None, findings=(), changeable=()
    ),
    "approval": ApprovalView(shown=BARE),
    "progress": ProgressView(shown=BARE),
    **{
        f"outcome-{status}": OutcomeView(shown=replace(BARE, request=replace(BARE_REQUEST, status=status)))
        for status in RequestStatus
    },
    "attention": AttentionView(shown=BARE),
    "confirm": ConfirmDecision(shown=BARE),
    "requests": RequestList(requests=(), package_names={}, page=0, pages=1),
    "guests": GuestList(guests=(), page=0, pages=1),
    **{
        f"assignment-{moment}": AssignmentView(
            assignment=an_assignment(guest_name=""), package_name={}, moment=moment, days_left=1
        )
        for moment in ("warning", "confirm_end", "ending", "ended")
    },
    "nudge": RedemptionNudge(address="a@b.example", name="", request_id=ID, days=1),
    "policy": PolicyView(
        revision=PolicyRevision(revision="0123456789ab", files=(), at=NOW, state=RevisionState.REPLACED),
        in_force=False,
    ),
    "notice": Notice(key="notice-nothing-done"),
}

# --- the most, and the worst -----------------------------------------------------------------------------------------

MANY = 40
HUGE_PERSON = PersonRef(id="x" * 36, name=HUGE)
HUGE_NAMES = {f"package-{number}": {"": HUGE, "zh-Hant": HUGE} for number in range(MANY)}
HUGE_TEXTS = {f"question-{number}": {"": HUGE} for number in range(MANY)}
HUGE_FINDINGS = tuple(
    Finding(rule=f"rule-{number}", effect=effect, reason={"": HUGE}, remedy={"": HUGE})
    for number in range(MANY)
    for effect in Effect
)
HUGE_DRAFT = replace(
    DRAFT,
    address=HUGE,
    name=HUGE,
    packages=tuple(HUGE_NAMES),
    justification=HUGE,
    answers=dict.fromkeys(HUGE_TEXTS, HUGE),
    extends=HELD_ID,
)
HUGE_DECIDERS = tuple(WhoDecides(first=HUGE, others=99, group=HUGE, approvals=1 + n % 2) for n in range(MANY))
HUGE_PROBLEMS = tuple(Problem(key="problem-address-malformed", params={"address": HUGE}) for _ in range(MANY))


def huge_request(status: RequestStatus = RequestStatus.PENDING) -> Request:
    return a_request(
        status,
        sponsor=replace(SPONSOR, name=HUGE, title=HUGE, department=HUGE, manager=HUGE_PERSON),
        guest_address=HUGE[:300] + "@xn--fbrikam-9jg.com",
        guest_name=HUGE,
        packages=tuple(HUGE_NAMES),
        justification=HUGE,
        answers=dict.fromkeys(HUGE_TEXTS, HUGE),
        stages=tuple(Stage(who=Who.GROUP, label=HUGE, group="g") for _ in range(MANY)),
        decisions=tuple(a_decision(reason=HUGE, stage=n, by=HUGE_PERSON) for n in range(MANY // 2)),
        verdict=Verdict(outcome=Outcome.GRANTED, revision="r", findings=HUGE_FINDINGS),
        steps=tuple(DeliveryStep(kind=kind, target=str(n)) for kind in StepKind for n in range(MANY)),
        problem="graph-" + HUGE if status is RequestStatus.NEEDS_ATTENTION else None,
        closed_reason=HUGE,
        reason_needed=True,
    )


def huge(status: RequestStatus, *cans: Can) -> RequestView:
    return RequestView(
        request=huge_request(status),
        package_names=HUGE_NAMES,
        question_texts=HUGE_TEXTS,
        partner_name=HUGE,
        deciders=HUGE_DECIDERS,
        history=tuple(
            PastRequest(id=ID, sponsor=HUGE, packages=tuple(HUGE_NAMES.values()), status="denied", at=NOW)
            for _ in range(MANY)
        ),
        cans=frozenset(cans or Can),
        notes=HUGE_PROBLEMS,
        approver_ids=tuple(f"{number:036d}" for number in range(60)),
    )


HUGE_OPTIONS = tuple(Option(value=f"option-{number}", label=HUGE, hint=HUGE) for number in range(200))

MOST: dict[str, View] = {
    "welcome": Welcome(first_name=HUGE, draft=HUGE_DRAFT),
    "help": HelpView(
        question=a_question(Topic.CUSTOM, text=HUGE, help=HUGE), draft=HUGE_DRAFT, for_administrators=True
    ),
    "waiting": DraftWaiting(draft=HUGE_DRAFT, package_names=HUGE_NAMES),
    **{
        f"question-{topic}": QuestionView(
            draft=HUGE_DRAFT,
            question=Question(
                name=str(topic),
                topic=topic,
                number=30,
                of=99,
                value=HUGE,
                text=HUGE,
                help=HUGE,
                options=HUGE_OPTIONS if topic in (Topic.PACKAGES, Topic.DURATION, Topic.CUSTOM) else (),
                many=topic is Topic.PACKAGES,
                max_days=100_000,
                latest=date(2299, 12, 31),
                fewest_characters=400,
                can_go_back=True,
                notes=HUGE_PROBLEMS,
            ),
            package_names=HUGE_NAMES,
            partner_name=HUGE,
            problem=HUGE_PROBLEMS[0],
            denials=HUGE_FINDINGS,
        )
        for topic in Topic
        if topic is not Topic.REVIEW
    },
    "review": Review(
        draft=HUGE_DRAFT,
        package_names=HUGE_NAMES,
        question_texts=HUGE_TEXTS,
        partner_name=HUGE,
        days=100_000,
        outcome=Outcome.GRANTED,
        findings=HUGE_FINDINGS,
        problems=(),
        deciders=HUGE_DECIDERS,
        notes=HUGE_PROBLEMS,
        changeable=tuple(f"custom:question-{number}" for number in range(MANY)),
    ),
    **{f"approval-{status}": ApprovalView(shown=huge(status), notice=HUGE) for status in RequestStatus},
    **{f"progress-{status}": ProgressView(shown=huge(status)) for status in RequestStatus},
    "attention": AttentionView(shown=huge(RequestStatus.NEEDS_ATTENTION), detail=HUGE),
    "confirm": ConfirmDecision(shown=huge(RequestStatus.PENDING)),
    "requests": RequestList(
        requests=tuple(huge_request() for _ in range(10)), package_names=HUGE_NAMES, page=5, pages=9
    ),
    "guests": GuestList(
        guests=tuple(
            GuestEntry(
                address=HUGE,
                name=HUGE,
                redemption=Redemption.PENDING,
                held=tuple(replace(PENDING_HELD, package_name={"": HUGE}) for _ in range(30)),
            )
            for _ in range(10)
        ),
        page=5,
        pages=9,
    ),
    **{
        f"assignment-{moment}": AssignmentView(
            assignment=an_assignment(
                guest_name=HUGE, guest_address=HUGE, ended_by=HUGE_PERSON, problem="graph-group-missing"
            ),
            package_name={"": HUGE},
            moment=moment,
            days_left=14,
            cans=frozenset(Can),
        )
        for moment in ("warning", "confirm_end", "ending", "ended")
    },
    "nudge": RedemptionNudge(address=HUGE, name=HUGE, request_id=ID, days=10),
    "policy": PolicyView(
        revision=PolicyRevision(
            revision="0123456789ab",
            files=(),
            at=NOW,
            state=RevisionState.WAITING,
            base="ba9876543210",
            origin=Origin(commit=HUGE, author=HUGE),
            changes=tuple(
                Change(kind=kind, what="partners", key=HUGE, effect=Effect.GRANT, may_grant=number % 2 == 0)
                for kind in ChangeKind
                for number in range(MANY)
            ),
            changes_in_all=10**6,
            simulated=Simulated(looked_at=10**6, differences=tuple((HUGE, HUGE, 10**6) for _ in range(MANY))),
            by=HUGE_PERSON,
            settled_at=NOW,
        ),
        in_force=False,
        cans=frozenset(Can),
    ),
    "notice": Notice(key="problem-address-malformed", params={"address": HUGE}, refused=True, problems=HUGE_PROBLEMS),
}

ALL: dict[str, View] = {
    **{f"ordinary {name}": view for name, view in ORDINARY.items()},
    **{f"least {name}": view for name, view in LEAST.items()},
    **{f"most {name}": view for name, view in MOST.items()},
}
