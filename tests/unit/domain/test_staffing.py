"""Whether the stages of a route can be decided at all, by different people."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.routes import Stage, Who, unstaffed


def asks(*people: str, approvals: int = 1) -> Stage:
    return Stage(who=Who.GROUP, label="/".join(people), group="g", approvals=approvals, candidates=people)


def test_one_person_alone_does_not_decide_two_stages() -> None:
    assert unstaffed([asks("alex"), asks("alex")]) == asks("alex")


def test_whoever_is_needed_later_leaves_the_earlier_stage_to_others() -> None:
    assert unstaffed([asks("alex", "megan"), asks("alex")]) is None
    assert unstaffed([asks("alex", "megan"), asks("alex", "megan", approvals=2)]) is not None


def test_a_stage_needs_as_many_people_as_approvals() -> None:
    assert unstaffed([asks("alex", approvals=2)]) is not None
    assert unstaffed([]) is None


stages = st.lists(
    st.builds(
        lambda people, approvals: asks(*sorted(people), approvals=approvals),
        st.sets(st.sampled_from("abcd"), max_size=4),
        st.integers(1, 2),
    ),
    max_size=3,
)


@given(stages)
def test_it_is_staffed_exactly_where_some_sharing_out_of_people_does(route: list[Stage]) -> None:
    seats = [stage.candidates for stage in route for _ in range(stage.approvals)]
    somehow = len(seats) <= 4 and any(
        all(person in seat for person, seat in zip(people, seats, strict=True))
        for people in permutations("abcd", len(seats))
    )
    assert (unstaffed(route) is None) == somehow
