"""`python app.py policy check | test | facts | schema`: what they print, and how they exit."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from bot.cli.policy_commands import policy
from policies.loader import load
from policies.reference import fact_table

DEFAULT = Path(__file__).parents[3] / "policies" / "default"
WRONG = """
tests:
  - name: consumer mail is welcome
    given: {partner.domain: gmail.com, request.packages: [supplier-portal]}
    expect: {outcome: grant}
"""
BROKEN = "invariants:\n  - {name: nobody from Germany, never: granted, when: {partner.country: DE}}\n"
UNTESTED = "rules:\n  - id: no-mondays\n    deny: {reason: No.}\n    when: {time.weekday: monday}\n"


def command(*arguments: str) -> tuple[int, str]:
    commands = SimpleNamespace(policy=SimpleNamespace(load=lambda path: load(path or DEFAULT)))
    result: Result = CliRunner().invoke(policy, arguments, obj=commands, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value or 0, result.output


def with_more(folder: Path, text: str) -> str:
    for file in DEFAULT.glob("*.yaml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "90-more.yaml").write_text(text)
    return str(folder)


def test_the_default_policy_passes_and_every_break_of_it_is_noticed() -> None:
    status, said = command("test", str(DEFAULT), "--mutate")
    assert status == 0
    assert "Every break of every rule is noticed by a case." in said


@pytest.mark.parametrize(
    ("more", "arguments", "expected"),
    [
        (WRONG, (), "90-more.yaml:3: expected grant, got deny by consumer-mail"),
        (BROKEN, (), "this would be granted"),
        (BROKEN, ("--no-prove",), "partner.domain: contoso.com"),
        (UNTESTED, ("--mutate",), "`no-mondays` taken out: no case notices"),
    ],
)
def test_what_fails_is_named_and_the_status_is_1(
    tmp_path: Path, more: str, arguments: tuple[str, ...], expected: str
) -> None:
    status, said = command("test", with_more(tmp_path, more), *arguments)
    assert status == 1
    assert expected in said


def test_a_rule_that_no_case_reaches_is_told_without_failing(tmp_path: Path) -> None:
    status, said = command("test", with_more(tmp_path, UNTESTED))
    assert status == 0
    assert "no case makes `no-mondays` fire" in said


def test_check_tells_what_is_most_likely_not_meant(tmp_path: Path) -> None:
    _, said = command("check", with_more(tmp_path, "lists:\n  spare: [a.example]\n"))
    assert "warning: 90-more.yaml:2:3: nothing uses the list `spare`" in said
    assert "spare: [a.example]" in said


def test_facts_and_schema_are_printed() -> None:
    assert command("facts")[1].strip() == fact_table()
    assert json.loads(command("schema")[1])["title"] == "Partner Access policy"
