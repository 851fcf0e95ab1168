"""The last step of the interview: all of a draft, what policy says of it, and who would decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.errors import DomainError, NoApprover, NoManager
from bot.domain.findings import Outcome, Verdict
from bot.domain.packages import LocalisedText
from bot.domain.routes import Route, Stage, Who, unstaffed
from bot.interview.draft import Problem
from bot.interview.questions import demanded_answers, order
from bot.workflow.desk import Desk
from bot.workflow.situation import Situation, account_trouble, package_names
from bot.workflow.views import Review, WhoDecides
from policies.evaluation import evaluate
from policies.model import Policy
from policies.wording import answer_words

MOST_CANDIDATES = 60
"""Teams refreshes a card for at most 60 people (reference: Universal Actions, `refresh.userIds`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A situation with policy's verdict on it and the stages that its route comes to."""

    verdict: Verdict
    stages: tuple[Stage, ...]
    problems: tuple[Problem, ...]

    @property
    def can_be_submitted(self) -> bool:
        return self.verdict.outcome is Outcome.GRANTED and not self.problems


def judge(desk: Desk, here: Situation) -> Judged:
    """What would happen if this were submitted now. Raises Unread."""
    verdict = evaluate(here.policy, here.facts)
    problems = [*_in_the_way(here)]
    stages: tuple[Stage, ...] = ()
    if verdict.route is not None:
        try:
            stages = _stages(desk, here, verdict.route)
        except (NoManager, NoApprover) as refusal:
            problems.append(_problem(refusal))
    return Judged(verdict=verdict, stages=stages, problems=tuple(problems))


def _in_the_way(here: Situation) -> tuple[Problem, ...]:
    """What forbids it besides policy."""
    problems: list[Problem] = []
    trouble = account_trouble(here.guest)
    if trouble is not None:
        problems.append(_problem(trouble))
    for package in here.draft.packages or ():
        name = _plain(here.policy, package, here.draft.locale)
        if package in here.known.holds and not here.draft.extends:
            until: date = here.known.holds[package]
            problems.append(Problem(key="problem-already-holds", params={"package": name, "until": until}))
        if package in here.known.under_way:
            params: dict[str, str | int | date] = {"package": name, "id": here.known.under_way[package]}
            problems.append(Problem(key="problem-under-way", params=params))
    return tuple(problems)


def _problem(refusal: DomainError) -> Problem:
    return Problem(key=refusal.key, params=dict(refusal.params))


def _plain(policy: Policy, package: str, locale: str) -> str:
    name = package_names(policy, [package])[package]
    return name.get(locale) or name.get("") or package


def _stages(desk: Desk, here: Situation, route: Route) -> tuple[Stage, ...]:
    """The route's stages with the people and groups they ask, fixed for this request.

    Packages with several owners make a stage of each: nobody approves what another owns. Raises NoManager,
    NoApprover, Unread.
    """
    stages: list[Stage] = []
    for rule in route.stages:
        if rule.who is Who.SPONSOR_MANAGER:
            manager = here.sponsor.person.manager
            if manager is None:
                raise NoManager()
            stages.append(
                Stage(
                    who=rule.who,
                    label=manager.name,
                    person=manager.id,
                    approvals=1,
                    candidates=(manager.id,),
                    first=manager.name,
                )
            )
            continue
        if rule.who is Who.PACKAGE_OWNER:
            owners = dict.fromkeys(here.policy.packages[key].owner_group for key in here.draft.packages or ())
        else:
            owners = dict.fromkeys([rule.group or ""])
        stages.extend(_group_stage(desk, here, rule.who, group, rule.approvals) for group in owners)
    lacking = unstaffed(stages)
    if lacking is not None:
        raise NoApprover(group=lacking.label)
    return tuple(stages)


def _group_stage(desk: Desk, here: Situation, who: Who, group: str, approvals: int) -> Stage:
    members = desk.lookups.group(group)
    candidates = [member for member in members.members if member.id != here.sponsor.person.id]
    return Stage(
        who=who,
        label=members.name,
        group=group,
        approvals=approvals,
        candidates=tuple(member.id for member in candidates[:MOST_CANDIDATES]),
        first=candidates[0].name if candidates else "",
        others=max(0, len(candidates) - 1),
    )


def deciders(stages: tuple[Stage, ...]) -> tuple[WhoDecides, ...]:
    """Whom the stages ask, to show."""
    return tuple(
        WhoDecides(
            first=stage.first,
            others=stage.others,
            group=stage.label if stage.group else "",
            approvals=stage.approvals,
        )
        for stage in stages
    )


def question_texts(policy: Policy, keys: Iterable[str]) -> dict[str, LocalisedText]:
    """Wording of the policy's questions; one that policy no longer has is shown by its key."""
    return {key: policy.questions[key].text if key in policy.questions else {"": key} for key in keys}


def answer_texts(policy: Policy, answers: Mapping[str, str]) -> dict[str, LocalisedText]:
    """The answers as people read them; one to a question that policy no longer has stands as it is stored."""
    return {
        key: answer_words(policy.questions[key], answer) if key in policy.questions else {"": answer}
        for key, answer in answers.items()
    }


def review(desk: Desk, here: Situation, notes: tuple[Problem, ...] = ()) -> Review:
    """The review of a complete draft. Raises Unread."""
    judged = judge(desk, here)
    draft = here.draft
    if draft.until is None:
        raise ValueError("a draft without an end is not ready for its review")
    return Review(
        draft=draft,
        package_names=package_names(here.policy, draft.packages or ()),
        question_texts=question_texts(here.policy, demanded_answers(draft, here.offer)),
        answer_texts=answer_texts(here.policy, demanded_answers(draft, here.offer)),
        partner_name=here.partner.name if here.partner else None,
        days=(draft.until - here.known.today).days,
        outcome=judged.verdict.outcome,
        findings=judged.verdict.findings,
        problems=judged.problems,
        deciders=deciders(judged.stages),
        # That the partner is known stands in a line of its own there.
        notes=tuple(note for note in notes if note.key != "note-partner-known"),
        changeable=order(draft, here.offer),
    )
