"""`policy explain` and `policy diff` at the command line, on stored requests and on facts."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest

from bot.cli.failures import CommandFailed
from bot.cli.policy_context import PolicyCommands
from bot.cli.policy_diff import diff
from bot.cli.policy_explain import explain
from bot.cli.stored import Stored
from bot.domain.requests import Request
from bot.domain.shortid import new_id
from bot.store.open import open_store
from policies.loader import load
from policies.model import Policy
from tests.contract.store_samples import MovableClock, a_request
from tests.databases import DATA_KEYS
from tests.unit.policies.policy_samples import BASE, STANDARD, facts

REQUEST = new_id()
STRICTER = STANDARD.replace("max_days: 90", "max_days: 45")
WIDER = STANDARD.replace("package.class: standard", "partner.country: DE")


def asked() -> Request:
    """A stored request, decided once, with facts that STANDARD grants."""
    request = a_request(REQUEST)
    known = facts()
    return replace(request, facts=known, decisions=(replace(request.decisions[0], facts=known),))


@pytest.fixture
def commands(tmp_path: Path) -> PolicyCommands:
    """The commands on a database that holds one request, with a policy of STANDARD at POLICY_PATH."""
    url = f"sqlite:///{tmp_path / 'store.db'}"

    @contextmanager
    def stored() -> Iterator[Stored]:
        store = open_store(url, clock=MovableClock(), data_keys=DATA_KEYS)
        with asyncio.Runner() as runner:
            runner.run(store.start(migrate=True))
            try:
                if runner.run(store.read(lambda tx: tx.requests.get(REQUEST))) is None:
                    runner.run(store.transact(lambda tx: tx.requests.add(asked())))
                yield Stored(store, runner, MovableClock())
            finally:
                runner.run(store.close())

    usual = write(tmp_path, "usual", STANDARD)

    def load_at(path: Path | None) -> Policy:
        return load(path or Path(usual))

    return PolicyCommands(load=load_at, stored=stored)


def write(folder: Path, name: str, rules: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(f"{BASE}rules:\n{rules}")
    return str(path)


def run(command: click.Command, commands: PolicyCommands, *arguments: str) -> object:
    return command.main(args=list(arguments), standalone_mode=False, obj=commands)


def test_facts_are_explained_rule_by_rule_with_the_least_change(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str]
) -> None:
    run(explain, commands, "guest.address=ana@contoso.com", "request.packages=falcon", "request.days=120")
    said = capsys.readouterr().out
    assert "Denied by standard" in said
    assert "standard grant for falcon: near miss  usual.yaml:31" in said
    assert "it would need at most 90 days" in said
    assert "Ask for 90 days: granted by light (approvers)" in said


def test_why_a_rule_did_not_match_says_what_was_expected_what_was_found_and_where(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str]
) -> None:
    run(explain, commands, "guest.address=ana@new.example", "request.packages=falcon")
    said = capsys.readouterr().out
    assert "partner.known is false, expected true  usual.yaml:33" in said
    assert "Asking for less is no help." in said
    assert "partner.domain: new.example → " in said


def test_a_stored_request_is_explained_on_its_own_facts(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stricter = write(tmp_path, "stricter", STRICTER)
    run(explain, commands, REQUEST.lower(), "--policy", stricter, "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["facts"] == {**facts(), "sponsor.groups": [], "request.packages": ["falcon"]}
    assert said["verdict"]["outcome"] == "denied"
    assert said["least_change"]["days"] == 45
    assert said["rules"][0]["unmet"] == [{"rule": "standard", "max_days": 45, "justification": None}]
    run(explain, commands, REQUEST, "--policy", stricter, "--decision", "1")
    assert f"{REQUEST} at decision 1" in capsys.readouterr().out


def test_a_file_of_facts_is_read_as_a_test_case_is(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = tmp_path / "facts.yaml"
    given.write_text("guest.address: ana@contoso.com\nrequest.packages: [falcon]\nsponsor.user_type: ~\n")
    run(explain, commands, "--facts", str(given), "request.days=12w", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["facts"]["sponsor.user_type"], said["facts"]["request.days"]) == (None, 84)
    assert said["rules"][0]["matched"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Give a request's id, facts such as"),
        (("guest.adress=x@y.example",), "did you mean `guest.address`?"),
        (("request.days=soon", "nothing"), "a fact is given as `fact=value`"),
        (("package.key=falcon",), "follow from `request.packages`"),
        ((f"{REQUEST[:-1]}{'2' if REQUEST[-1] != '2' else '3'}",), "is no id"),
        (("guest.exists=true", "--policy", "0123456789ab"), "nor a revision that was ever in force"),
        ((REQUEST, "--decision", "7"), "has 1 decisions"),
        (("guest.exists=true", "--decision", "1"), "--decision goes with a request's id"),
    ],
)
def test_what_cannot_be_explained_is_said_clearly(
    commands: PolicyCommands, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandFailed) as refused:
        run(explain, commands, *arguments)
    assert said in str(refused.value)


def test_a_diff_replays_submissions_and_decisions_and_says_who_would_be_asked(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old, new = write(tmp_path, "old", STANDARD), write(tmp_path, "new", STRICTER)
    assert run(diff, commands, old, new, "--no-new-grants") == 0
    said = capsys.readouterr().out
    assert "2 stored and 0 drawn cases, of which 2 change" in said
    assert f"{REQUEST}, {REQUEST} (decision 1)" in said
    run(diff, commands, old, new, "--json")
    plain = json.loads(capsys.readouterr().out)
    assert [(group["kind"], group["how"], group["stored"]) for group in plain["groups"]] == [
        ("newly denied", "by standard", 2)
    ]
    assert plain["cards"] == {"before": {"requests": 1}, "after": {}}
    assert plain["asked"] == {"before": {"approvers": 1}, "after": {}}


def test_a_new_grant_that_is_forbidden_ends_with_status_1(
    commands: PolicyCommands, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    old, new = write(tmp_path, "old", STANDARD), write(tmp_path, "new", WIDER)
    arguments = (old, new, "--no-stored", "--random", "400", "--seed", "2")
    assert run(diff, commands, *arguments) == 0
    assert run(diff, commands, *arguments, "--no-new-grants") == 1
    assert "newly granted" in capsys.readouterr().out
