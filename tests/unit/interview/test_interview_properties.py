"""Whatever is said, in whatever order: nothing raises, nothing is lost, and a review holds only what policy offers."""

import time
from dataclasses import fields, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.interview.addresses import Address, parse_address
from bot.interview.answers import answer, back, change, start_over
from bot.interview.draft import Draft, Problem, Topic
from bot.interview.durations import parse_until
from bot.interview.names import parse_name
from bot.interview.problems import PROBLEMS
from bot.interview.questions import next_question, order
from tests.unit.interview.interview_samples import (
    DATA,
    JUSTIFICATION,
    LONGEST,
    PROJECT_CODE,
    TODAY,
    World,
    complete,
    empty,
)

WORLD = World()

ANY_TEXT = st.text(st.characters(), max_size=60)  # surrogates and controls too
PIECES = st.lists(
    st.sampled_from(["ana@fabrikam.com", "<", ">", "@", ",", "mailto:", "&lt;", "%40", ".", "Ana", "Falcon", "project"])
    | st.sampled_from(["to", "until", "for", "3", "months", "1/3/27", "三", "個月", "到", "底", "年", "設計", "使用"])
    | st.sampled_from(["\u200b", "\u202e", "\ud800", "\x00", " ", "\n"]),
    max_size=25,
).map("".join)
WILD = ANY_TEXT | PIECES

ANSWERS = {
    "address": ["ana@fabrikam.com", "Bob <bob@northwind.com>", "holder@fabrikam.com", "waiting@fabrikam.com", "nobody"],
    "name": ["Ana Silva", "yes", "123"],
    "packages": ["project-falcon", "VPN", "Falcon and the design library", "eagle", "project"],
    "duration": ["60 days", "20 days", "2027-02-01", "三個月", "10 years", "next Friday"],
    "justification": [JUSTIFICATION, "too short"],
    "custom:project-code": ["AB-1234", "nonsense"],
    "custom:data": ["public", "2", "nothing"],
}
MESSAGES = [
    "invite ana@fabrikam.com to Falcon for 60 days for the joint design review of the wing",
    "邀請 bob@northwind.com 使用設計素材庫 三個月，共同設計審查",
    "change the duration to 10 days",
    "address: holder@fabrikam.com",
    "VPN for 20 days",
    "hello",
]
STEPS = st.one_of(
    st.sampled_from([(question, text) for question, texts in ANSWERS.items() for text in texts]),
    st.tuples(
        st.just("say"),
        st.sampled_from(MESSAGES) | st.sampled_from([text for texts in ANSWERS.values() for text in texts]) | WILD,
    ),
    st.tuples(st.just("change"), st.sampled_from([*ANSWERS, "review", "nonsense"])),
    st.just(("back", "")),
)


def held(draft: Draft) -> dict[str, object]:
    answers = {
        "address": draft.address,
        "name": draft.name,
        "packages": draft.packages,
        "duration": draft.until,
        "justification": draft.justification,
        **{f"custom:{key}": value for key, value in draft.answers.items()},
    }
    return {question: value for question, value in answers.items() if value is not None}


def take_step(draft: Draft, step: tuple[str, str]) -> tuple[Draft, set[str]]:
    """The draft after it, and the questions it may have answered anew."""
    kind, text = step
    if kind == "back":
        return back(draft), set()
    if kind == "change":
        return change(draft, text), set()
    if kind == "say":
        understood = WORLD.read(text, draft)
        return understood.draft, set(understood.answered)
    result = answer(draft, kind, (text,), *WORLD.around(draft), locale=draft.locale)
    return (draft, set()) if isinstance(result, Problem) else (result, {kind})


def check_review(draft: Draft) -> None:
    """A draft at its review satisfies what is offered for it."""
    offer, known = WORLD.around(draft)
    assert draft.address
    assert draft.name
    assert draft.packages
    assert draft.until
    assert set(draft.packages) <= {offered.package.key for offered in offer.packages}
    assert not set(draft.packages) & {*known.holds, *known.under_way}
    assert 1 <= (draft.until - TODAY).days <= min(LONGEST[key] for key in draft.packages)
    assert len(draft.justification or "") >= offer.justification
    assert {question.key for question in offer.questions} <= set(draft.answers)
    if PROJECT_CODE in offer.questions:
        assert draft.answers["project-code"] == "AB-1234"
    if DATA in offer.questions:
        assert draft.answers["data"] in DATA.choices


@given(steps=st.lists(STEPS, max_size=25), begun=st.booleans(), locale=st.sampled_from(["en", "zh-Hant"]))
@settings(max_examples=150, deadline=None)
def test_no_sequence_of_steps_raises_or_loses_an_answer(steps: list[tuple[str, str]], begun: bool, locale: str) -> None:
    draft = complete(WORLD) if begun else WORLD.stored(empty(locale))
    for step in steps:
        moved, renewed = take_step(draft, step)
        stored = WORLD.stored(moved)
        before, after = held(draft), held(stored)
        assert {question: after.get(question) for question in before if question not in renewed} == {
            question: value for question, value in before.items() if question not in renewed
        }
        question = next_question(stored, *WORLD.around(stored))
        assert question.name == stored.asking
        assert set(stored.trail) <= set(order(stored, WORLD.around(stored)[0]))
        for note in question.notes:
            assert set(note.params) == set(PROBLEMS[note.key].variables)
        if question.topic is Topic.REVIEW:
            check_review(stored)
        draft = stored


@given(draft=st.just(complete(WORLD)) | st.just(empty()), id=st.text(min_size=1, max_size=5))
def test_starting_over_leaves_nothing_but_the_place(draft: Draft, id: str) -> None:
    again = start_over(draft, id=id)
    assert (again.id, again.version, held(again)) == (id, draft.version, {})


@given(text=WILD)
@settings(max_examples=300, deadline=None)
def test_reading_never_raises_and_what_is_read_can_be_stored(text: str) -> None:
    parsed = parse_address(text)
    if isinstance(parsed, Address):
        assert parsed.address.isascii()
        assert parsed.address == parsed.address.lower()
        assert parsed.address.count("@") == 1
        assert parse_address(parsed.address) == replace(parsed, name=None)
    for reading in (parse_name(text), parse_until(text, today=TODAY), parse_until(text, today=TODAY, locale="zh-Hant")):
        if isinstance(reading, date):
            assert reading > TODAY
        elif isinstance(reading, str):
            reading.encode()
    for begun in (empty(), WORLD.stored(empty()), complete(WORLD)):
        understood = WORLD.read(text, begun)
        for value in held(understood.draft).values():
            str(value).encode()


@given(text=WILD, question=st.sampled_from([*ANSWERS, "review", "nonsense"]))
@settings(max_examples=200, deadline=None)
def test_answering_never_raises_and_changes_nothing_but_its_answer(text: str, question: str) -> None:
    draft = complete(WORLD)
    result = answer(draft, question, (text,), *WORLD.around(draft), locale="en")
    if isinstance(result, Problem):
        assert set(result.params) == set(PROBLEMS[result.key].variables)
    else:
        changed = {one.name for one in fields(Draft) if getattr(result, one.name) != getattr(draft, one.name)}
        field = {"duration": "until"}.get(question, "answers" if question.startswith("custom:") else question)
        assert changed <= {field, "proposals", "asking", "changing"}


def test_reading_takes_bounded_time_whatever_is_sent() -> None:
    hostile = [
        "a@" * 2_000,
        "a,@" * 1_300,
        "a@b.com," * 500,
        "mailto:a@b.com?cc=" * 220,
        "&lt;" * 1_000,
        "3 months and " * 300,
        "1/" * 2_000,
        "a year and a half " * 220,
        "三個月" * 1_300,
        "十" * 4_000,
        "使用" * 2_000,
        "to project " * 360,
        "project, " * 440,
        "\u202e@" * 2_000,
        "<" * 4_000,
        "a" * 10_000_000,
        "e\u0301" * 2_000,
        "&#64;" * 800,
        "x@" + "a" * 2_000 + "三" * 1_990,
    ]
    for text in hostile:
        for draft in (empty(), WORLD.stored(empty()), complete(WORLD)):
            began = time.perf_counter()
            WORLD.read(text, draft)
            parse_until(text, today=TODAY)
            parse_address(text)
            assert time.perf_counter() - began < 1, text[:20]
