"""Northwind Traders, as the sandbox, the Playgrounds and the default policy know it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bot.sandbox.seed import load_seed, northwind
from bot.sandbox.state import planted


def test_every_id_is_one_of_a_kind() -> None:
    seed = northwind()
    ids = [person.id for person in seed.people.values()] + [guest.id for guest in seed.guests.values()]
    ids += [group.id for group in seed.groups] + [application.id for application in seed.applications]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere() -> None:
    seed = northwind()
    keys = {*seed.people, *seed.guests}
    assert {each.manager for each in seed.people.values()} - {None} <= keys
    assert {each.sponsor for each in seed.guests.values()} - {None} <= keys
    assert {member for group in seed.groups for member in group.members} <= keys
    contents = planted(seed, datetime(2026, 1, 1, tzinfo=UTC))
    assert {member for group in contents.groups.values() for member in group.members} <= set(contents.users)


def test_people_sit_in_the_groups_that_the_story_needs() -> None:
    seed = northwind()
    members = {group.id[0:2] + group.id[-1]: set(group.members) for group in seed.groups}
    assert members["444"] == {"megan", "alex", "lynne", "miriam"}
    assert members["555"] == {"alex", "miriam", "joni"}
    assert members["666"] == {"lynne"}
    assert members["777"] == {"grady"}
    assert members["999"] == {"nestor"}


def test_a_misspelt_key_is_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    text = (Path(__file__).parents[3] / "bot/sandbox/northwind.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("    department: Security", "    departmant: Security", 1), encoding="utf-8")
    with pytest.raises(msgspec.ValidationError, match="departmant"):
        load_seed(path)
