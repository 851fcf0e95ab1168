"""`policy history`, `policy show`, `policy activate`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from bot.cli.failures import CommandFailed
from bot.cli.policy_context import PolicyCommands
from bot.cli.policy_revisions import activate, history, show
from bot.cli.stored import Stored
from bot.domain.people import PersonRef
from bot.store.open import open_store
from bot.workflow.records import Origin, PolicyRevision, RevisionState
from policies.loader import load_texts
from tests.contract.store_samples import NOW, MovableClock
from tests.databases import DATA_KEYS
from tests.unit.policies.policy_samples import BASE, STANDARD

WIDE = [("policy.yaml", f"{BASE}rules:\n{STANDARD}")]
NARROW = [("policy.yaml", f"{BASE}rules:\n{STANDARD.replace('max_days: 90', 'max_days: 30')}")]


def revision_of(files: list[tuple[str, str]], **more: object) -> PolicyRevision:
    usual: dict[str, object] = {"at": NOW, "state": RevisionState.ACCEPTED}
    return PolicyRevision(revision=load_texts(files).revision, files=tuple(files), **{**usual, **more})  # type: ignore[arg-type]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database where the wide policy was in force, and the narrow one is."""
    url = f"sqlite:///{tmp_path / 'store.db'}"

    async def fill() -> None:
        store = open_store(url, clock=MovableClock(), data_keys=DATA_KEYS)
        await store.start(migrate=True)
        wide, narrow = (
            revision_of(WIDE),
            revision_of(
                NARROW,
                origin=Origin(commit="abcdef" * 6 + "abcd", author="Ana <ana@x.example>"),
                by=PersonRef(id="n", name="Nestor"),
                grants_removed=("standard",),
            ),
        )
        for kept in (wide, narrow):
            await store.transact(lambda tx, kept=kept: tx.revisions.keep(kept))  # type: ignore[misc]
        await store.transact(lambda tx: tx.revisions.put_in_force(narrow.revision, instead_of=None, at=NOW))
        await store.close()

    asyncio.run(fill())
    return url


def commands(url: str, *, approve: bool = False) -> PolicyCommands:
    @contextmanager
    def stored() -> Iterator[Stored]:
        store = open_store(url, clock=MovableClock(), data_keys=DATA_KEYS)
        with asyncio.Runner() as runner:
            runner.run(store.start())
            try:
                yield Stored(store, runner, MovableClock())
            finally:
                runner.run(store.close())

    return PolicyCommands(load=lambda path: load_texts(WIDE), stored=stored, approve_changes=lambda: approve)


def run(command: click.Command, given: PolicyCommands, *arguments: str) -> object:
    return command.main(args=arguments, standalone_mode=False, obj=given)


def test_history_tells_what_became_of_each_whose_it_is_and_which_grants_went(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(history, commands(url))
    lines = {line[:12]: line for line in capsys.readouterr().out.splitlines()}
    narrow, wide = lines[load_texts(NARROW).revision], lines[load_texts(WIDE).revision]
    assert "in force  by Nestor  commit abcdefabcdef of Ana <ana@x.example>  -standard" in narrow
    assert wide.endswith("superseded")


def test_show_prints_the_text_by_any_unmistakable_beginning(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(show, commands(url), load_texts(NARROW).revision[:6])
    assert capsys.readouterr().out == f"# policy.yaml\n{NARROW[0][1].rstrip()}\n"
    with pytest.raises(CommandFailed, match="No revision begins with zzz"):
        run(show, commands(url), "zzz")


def test_activate_brings_a_revision_back_and_says_what_that_changes(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = load_texts(WIDE).revision
    run(activate, commands(url), wide)
    out = capsys.readouterr().out
    assert "changed rules.standard (may grant something new)" in out
    assert f"Revision {wide} is in force" in out
    with commands(url).stored() as stored:
        assert stored.revisions()[0] == wide
    run(activate, commands(url), wide)
    assert f"Revision {wide} is in force" in capsys.readouterr().out


def test_where_changes_are_approved_a_wider_one_waits(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    wide = load_texts(WIDE).revision
    run(activate, commands(url, approve=True), wide)
    assert "it waits in the administrators' channel" in capsys.readouterr().out
    with commands(url).stored() as stored:
        assert stored.revisions()[0] == load_texts(NARROW).revision
    with pytest.raises(CommandFailed, match="waits for an administrator already"):
        run(activate, commands(url, approve=True), wide)
