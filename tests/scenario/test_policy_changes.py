"""A policy that changes while the bot runs: what is good comes in force everywhere, what is not stays out."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from dulwich import porcelain

from app import STORE
from bot.domain.requests import RequestStatus
from bot.settings import PolicyChanges
from bot.workflow.ports import Tx
from bot.workflow.records import Act, PolicyRevision, RevisionState
from bot.workflow.revising import activate, propose
from policies.errors import PolicyErrors
from policies.loader import load
from tests.scenario.company import (
    ADMIN_GROUP,
    GENERAL,
    GUEST_REQUESTS,
    POLICY,
    TIMINGS,
    Company,
    buttons,
    running_company,
    words,
)
from tests.scenario.walks import approval_card, submit
from tests.teams_side import Shown

BANNED = """
rules:
  - id: fabrikam-is-out
    deny: {reason: Fabrikam's contract was ended., remedy: Talk to procurement.}
    when: {partner.key: fabrikam}
"""
CONTRACTORS = """
rules:
  - id: contractors-too
    grant: {route: guest-approval, limits: {max_days: 30}}
    when: {sponsor.employee_type: Contractor, partner.known: true, package.class: standard}
"""
WITHIN = 2.0
"""Seconds within which a change is live in every replica."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The default policy, to be changed; without its own tests, which a changed one would fail."""
    return Path(shutil.copytree(POLICY, tmp_path / "policy", ignore=shutil.ignore_patterns("*-tests.yaml")))


def put(folder: Path, text: str, name: str = "70-more.yaml") -> str:
    """Writes a file of the policy in one go; the revision that the folder holds then, '' where it is none."""
    (folder / ".new").write_text(text)
    (folder / ".new").rename(folder / name)
    try:
        return load(folder).revision
    except PolicyErrors:
        return ""


def in_one(folder: Path) -> str:
    """All of a policy as one file, without its own tests."""
    return "".join(part.read_text() for part in sorted(folder.glob("*.yaml")) if "tests" not in part.name)


async def eventually(holds: Callable[[], Awaitable[bool]], within: float = WITHIN) -> None:
    """Until it holds; fails after so many seconds."""
    async with asyncio.timeout(within):
        while not await holds():
            await asyncio.sleep(0.05)


async def in_force(company: Company, revision: str, within: float = WITHIN) -> None:
    async def is_so() -> bool:
        return company.desk.policy().revision == revision

    await eventually(is_so, within)


async def kept(company: Company, revision: str) -> PolicyRevision:
    found = await company.desk.store.read(lambda tx: tx.revisions.get(revision))
    assert found is not None
    return found


async def in_state(company: Company, revision: str, state: RevisionState, within: float = WITHIN) -> None:
    async def is_so() -> bool:
        found = await company.desk.store.read(lambda tx: tx.revisions.get(revision))
        return found is not None and found.state is state

    await eventually(is_so, within)


async def alerts(company: Company) -> list[Shown]:
    """What stands in the administrators' channel."""
    await company.work()
    return company.in_channel(GENERAL)


async def status_of(company: Company, request: str) -> RequestStatus:
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    assert stored is not None
    return stored.status


# --- files -----------------------------------------------------------------------------------------------------------


async def test_a_changed_file_is_live_within_two_seconds_and_is_audited(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder) as company:
        first = company.desk.policy().revision
        assert (await kept(company, first)).state is RevisionState.ACCEPTED
        changed = put(folder, CONTRACTORS)
        await in_force(company, changed)
        [entry] = [each.entry for each in await company.audit(f"policy:{changed}")]
        assert entry.act is Act.POLICY_LOADED
        assert entry.details == {"instead_of": first, "grants_added": "contractors-too"}
        [card] = await alerts(company)
        assert "contractors-too" in words(card.card)
        assert buttons(card.card) == {}
        assert dict((await kept(company, changed)).files)["70-more.yaml"] == CONTRACTORS


async def test_where_the_system_tells_nothing_the_files_are_looked_at(sqlite_url: str, folder: Path) -> None:
    timings = replace(TIMINGS, look_at_policy=timedelta(seconds=0.3))
    async with running_company(sqlite_url, policy=folder, timings=timings, notices=False) as company:
        await in_force(company, put(folder, BANNED))


async def test_a_single_file_that_is_written_over_is_seen_too(sqlite_url: str, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    whole = in_one(folder)
    file.write_text(whole)
    async with running_company(sqlite_url, policy=file) as company:
        file.write_text(whole.replace("max_days: 90", "max_days: 60"))
        await in_force(company, load(file).revision)


async def test_a_file_behind_a_swapped_link_is_seen(sqlite_url: str, folder: Path, tmp_path: Path) -> None:
    """As a mounted ConfigMap changes: one link is pointed somewhere else."""
    shutil.copytree(folder, tmp_path / "newer")
    revision = put(tmp_path / "newer", BANNED)
    link = tmp_path / "link"
    link.symlink_to(folder)
    timings = replace(TIMINGS, look_at_policy=timedelta(seconds=0.3))
    async with running_company(sqlite_url, policy=link, timings=timings) as company:
        (tmp_path / "next").symlink_to(tmp_path / "newer")
        (tmp_path / "next").rename(link)
        await in_force(company, revision)


async def test_a_bad_file_leaves_the_last_good_and_is_told_once_with_its_place(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder) as company:
        good = company.desk.policy().revision
        put(folder, BANNED.replace("partner.key", "partner.kee"))

        async def told() -> bool:
            return len(await alerts(company)) == 1

        await eventually(told)
        [alert] = company.in_channel(GENERAL)
        assert "70-more.yaml:5:12: " in words(alert.card)
        assert "did you mean" in words(alert.card)
        assert good in words(alert.card)
        assert company.desk.policy().revision == good
        (folder / "70-more.yaml").touch()
        put(
            folder, "# A comment changes nothing of what is wrong.\n" + BANNED.replace("partner.key", "partner.kee")[1:]
        )
        await asyncio.sleep(0.8)
        assert len(await alerts(company)) == 1
        assert [each.entry.act for each in await company.audit("policy")] == [Act.POLICY_REFUSED]
        await in_force(company, put(folder, BANNED))


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"a: &a [*a]", b"- [" * 50_000, b"\xff\xfe rules"])
async def test_no_content_whatever_takes_the_running_policy_away(
    sqlite_url: str, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(in_one(POLICY))
    async with running_company(sqlite_url, policy=file) as company:
        good = company.desk.policy().revision
        file.write_bytes(content)

        async def told() -> bool:
            return len(await alerts(company)) == 1

        await eventually(told)
        assert company.desk.policy().revision == good
        assert "policy.yaml" in words(company.in_channel(GENERAL)[0].card)


async def test_a_policy_that_fails_its_own_tests_does_not_come_in_force(sqlite_url: str, folder: Path) -> None:
    case = "tests:\n  - {name: nobody at all, given: {partner.domain: fabrikam.com}, expect: {outcome: deny}}\n"
    async with running_company(sqlite_url, policy=folder) as company:
        good = company.desk.policy().revision
        failing = put(folder, case)

        async def told() -> bool:
            return len(await alerts(company)) == 1

        await eventually(told)
        assert "nobody at all" in words(company.in_channel(GENERAL)[0].card)
        assert "70-more.yaml:2:5" in words(company.in_channel(GENERAL)[0].card)
        assert company.desk.policy().revision == good
        assert await company.desk.store.read(lambda tx: tx.revisions.get(failing)) is None


async def test_a_restart_with_bad_files_goes_on_with_what_was_in_force(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder) as company:
        good = company.desk.policy().revision
    put(folder, "rules: {")
    async with running_company(sqlite_url, policy=folder) as company:
        assert company.desk.policy().revision == good
        assert "70-more.yaml:2:1: " in words((await alerts(company))[0].card)
        await submit(company)


async def test_a_first_start_with_bad_files_is_refused(sqlite_url: str, folder: Path) -> None:
    put(folder, "rules: {")
    with pytest.raises(PolicyErrors):
        async with running_company(sqlite_url, policy=folder):
            pass


# --- replicas --------------------------------------------------------------------------------------------------------


async def test_every_replica_follows_and_an_old_ones_restart_changes_nothing(
    postgres_url: str, folder: Path, tmp_path: Path
) -> None:
    old = Path(shutil.copytree(folder, tmp_path / "old"))
    async with running_company(postgres_url, policy=folder) as company, company.replica(policy_path=old) as other:
        first = company.desk.policy().revision
        changed = put(folder, BANNED)
        await in_force(company, changed)
        await in_force(other, changed)
        async with company.replica(policy_path=old) as restarted:
            assert restarted.desk.policy().revision == changed
            await asyncio.sleep(0.2)
            assert company.desk.policy().revision == changed
        done = await activate(company.app[STORE], company.clock, first, approve_changes=False)
        assert done.revision.state is RevisionState.ACCEPTED
        await in_force(company, first)
        await in_force(other, first)
        acts = [each.entry.act for each in await company.audit(f"policy:{first}")]
        assert acts == [Act.POLICY_LOADED, Act.POLICY_LOADED]


async def test_files_that_go_back_bring_nothing_back_and_it_is_told_how_to(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder) as company:
        first = company.desk.policy().revision
        changed = put(folder, BANNED)
        await in_force(company, changed)
        (folder / "70-more.yaml").unlink()

        async def told() -> bool:
            return any(f"policy activate {first}" in words(shown.card) for shown in await alerts(company))

        await eventually(told)
        assert company.desk.policy().revision == changed


async def test_a_decision_rests_on_the_revision_that_the_row_names(postgres_url: str, folder: Path) -> None:
    """The replica that decides looks at the row by itself only once an hour."""
    slow = replace(TIMINGS, follow_policy=timedelta(hours=1), look_at_policy=timedelta(hours=1))
    async with running_company(postgres_url, policy=folder, timings=slow, notices=False) as company:
        request = await submit(company)
        card = approval_card(company, request).card
        async with company.replica() as other:
            put(folder, BANNED)
            other_watch = await activate_files(other, folder)
            answered = await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
            assert "contract was ended" in answered.said
            assert await status_of(company, request) is RequestStatus.DENIED
            assert company.desk.policy().revision == other_watch


async def activate_files(company: Company, folder: Path) -> str:
    """As a replica does whose files have changed."""
    return (await propose(company.desk, load(folder))).revision


async def test_an_invitation_under_way_is_stopped_by_the_row_too(postgres_url: str, folder: Path) -> None:
    slow = replace(TIMINGS, follow_policy=timedelta(hours=1), look_at_policy=timedelta(hours=1))
    async with running_company(postgres_url, policy=folder, timings=slow, notices=False) as company:
        request = await submit(company)
        await company.click("megan", approval_card(company, request).card, "Approve", channel=GUEST_REQUESTS)
        async with company.replica() as other:
            put(folder, BANNED)
            await activate_files(other, folder)
            await company.work()
        assert await status_of(company, request) is RequestStatus.DENIED
        assert company.directory.journal == ()


async def test_what_this_version_cannot_read_decides_nothing_and_is_told(postgres_url: str, folder: Path) -> None:
    """As when a newer replica has put in force what only it understands."""
    async with running_company(postgres_url, policy=folder) as company:
        request = await submit(company)
        card = approval_card(company, request).card
        good = company.desk.policy().revision
        newer = replace(await kept(company, good), revision="fedcba987654", files=(("a.yaml", "sunrise: [1]\n"),))

        def put_newer(tx: Tx) -> None:
            tx.revisions.keep(newer)
            tx.revisions.put_in_force(newer.revision, instead_of=good, at=company.clock())

        await company.desk.store.transact(put_newer)
        refused = await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
        assert "cannot read it yet" in refused.said
        assert await status_of(company, request) is RequestStatus.PENDING

        async def told() -> bool:
            return any(newer.revision in words(shown.card) for shown in await alerts(company))

        await eventually(told)
        assert company.desk.policy().revision == good


async def test_two_replicas_that_propose_the_same_files_store_it_once(postgres_url: str, folder: Path) -> None:
    async with running_company(postgres_url, policy=folder) as company, company.replica() as other:
        changed = put(folder, BANNED)
        await in_force(company, changed)
        await in_force(other, changed)
        assert len(await company.audit(f"policy:{changed}")) == 1
        assert len(await alerts(company)) == 1


# --- a second administrator ------------------------------------------------------------------------------------------


async def waiting_card(company: Company, folder: Path, text: str = CONTRACTORS) -> tuple[str, Shown]:
    """A revision that waits, and its card as it was posted."""
    revision = put(folder, text)
    await in_state(company, revision, RevisionState.WAITING)
    shown = next(shown for shown in await alerts(company) if f"Policy revision {revision}" in words(shown.card))
    return revision, deepcopy(shown)


def administrate(company: Company, *who: str) -> None:
    """Makes these people administrators too."""
    members = company.directory.state.contents.groups[ADMIN_GROUP].members
    members += [company.people[each].id for each in who]


async def test_what_may_grant_waits_for_an_administrator_and_what_restricts_does_not(
    sqlite_url: str, folder: Path
) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        await submit(company)
        await in_force(company, put(folder, BANNED, "71-banned.yaml"))
        good = company.desk.policy().revision
        revision, card = await waiting_card(company, folder)
        said = words(card.card)
        assert "contractors-too (grant new)" in said
        assert "Of 1 past request it would have decided none otherwise" in said
        assert company.desk.policy().revision == good

        refused = await company.click("megan", card.card, "Put in force", channel=GENERAL)
        assert "administrator" in refused.said.lower()
        assert company.desk.policy().revision == good

        answered = await company.click("nestor", card.card, "Put in force", channel=GENERAL)
        assert company.desk.policy().revision == revision
        assert "In force." in answered.said
        again = await company.click("nestor", card.card, "Reject", channel=GENERAL)
        assert "In force." in again.said
        entries = [each.entry for each in await company.audit(f"policy:{revision}")]
        assert [entry.act for entry in entries] == [Act.POLICY_PROPOSED, Act.POLICY_LOADED]
        assert entries[1].actor == company.people["nestor"].id
        await company.work()
        assert buttons(company.in_channel(GENERAL)[-1].card) == {}


async def test_what_it_would_have_changed_for_past_requests_is_shown(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        await submit(company)
        _, card = await waiting_card(company, folder, CONTRACTORS + BANNED.replace("rules:", "").replace("\n\n", "\n"))
        assert "1 × newly denied: by fabrikam-is-out" in words(card.card)


async def test_a_rejected_revision_stays_out(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        good = company.desk.policy().revision
        revision, card = await waiting_card(company, folder)
        answered = await company.click("nestor", card.card, "Reject", channel=GENERAL)
        assert "Rejected" in answered.said
        assert company.desk.policy().revision == good
        assert (await kept(company, revision)).state is RevisionState.REJECTED
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        assert company.desk.policy().revision == good


async def test_words_do_what_the_buttons_do(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        revision, _ = await waiting_card(company, folder)
        await company.say("nestor", f"put in force {revision}", channel=GENERAL)
        assert company.desk.policy().revision == revision


async def test_a_later_revision_takes_the_place_of_one_that_waits(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        first, card = await waiting_card(company, folder)
        second, _ = await waiting_card(company, folder, CONTRACTORS.replace("max_days: 30", "max_days: 60"))
        answered = await company.click("nestor", card.card, "Put in force", channel=GENERAL)
        assert "Replaced" in answered.said
        assert company.desk.policy().revision not in (first, second)


async def test_bringing_a_wider_revision_back_waits_too(sqlite_url: str, folder: Path) -> None:
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        first = company.desk.policy().revision
        changed = put(folder, BANNED)
        await in_force(company, changed)
        done = await activate(company.app[STORE], company.clock, first, approve_changes=True)
        assert done.revision.state is RevisionState.WAITING
        assert company.desk.policy().revision == changed
        card = next(each for each in await alerts(company) if buttons(each.card))
        await company.click("nestor", card.card, "Put in force", channel=GENERAL)
        assert company.desk.policy().revision == first


async def test_who_committed_a_change_does_not_put_it_in_force(sqlite_url: str, folder: Path) -> None:
    repository = porcelain.init(str(folder))
    nestor = b"Nestor Wilke <nestor.wilke@northwindtraders.com>"
    os.environ.pop("GIT_AUTHOR_NAME", None)

    def commit() -> str:
        porcelain.add(repository, [str(file) for file in folder.glob("*.yaml")])
        return porcelain.commit(repository, message=b"Policy", author=nestor, committer=nestor).decode()

    commit()
    async with running_company(sqlite_url, policy=folder, policy_changes=PolicyChanges.APPROVED) as company:
        administrate(company, "miriam")
        (folder / "71-more.yaml").write_text(CONTRACTORS)
        revision, sha = load(folder).revision, commit()
        await in_state(company, revision, RevisionState.WAITING, within=5)
        found = await kept(company, revision)
        assert (found.origin.commit, found.origin.author) == (sha, nestor.decode())
        card = (await alerts(company))[-1]
        assert sha[:12] in words(card.card) and "Nestor Wilke" in words(card.card)
        refused = await company.click("nestor", card.card, "Put in force", channel=GENERAL)
        assert "You wrote this change" in refused.said
        assert (await kept(company, revision)).state is RevisionState.WAITING
        await company.click("miriam", card.card, "Put in force", channel=GENERAL)
        assert company.desk.policy().revision == revision
        entry = (await company.audit(f"policy:{revision}"))[-1]
        assert entry.entry.details["commit"] == sha
        assert entry.texts is not None and entry.texts["author"] == nestor.decode()


# --- shadow mode -----------------------------------------------------------------------------------------------------


async def test_a_shadow_rule_is_recorded_and_never_shown(sqlite_url: str, folder: Path) -> None:
    put(folder, BANNED.replace("fabrikam-is-out", "fabrikam-is-out\n    mode: shadow"))
    async with running_company(sqlite_url, policy=folder) as company:
        request = await submit(company)
        await company.click("megan", approval_card(company, request).card, "Approve", channel=GUEST_REQUESTS)
        await company.work()
        assert await status_of(company, request) is RequestStatus.DELIVERED
        stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
        assert stored is not None
        assert [finding.rule for finding in stored.verdict.shadow] == ["fabrikam-is-out"]
        assert [finding.rule for finding in stored.decisions[0].verdict.shadow] == ["fabrikam-is-out"]
        entries = {each.entry.act: each.entry for each in await company.audit(request)}
        assert entries[Act.REQUEST_SUBMITTED].details["shadow"] == "deny:fabrikam-is-out"
        assert entries[Act.REQUEST_APPROVED].details["shadow"] == "deny:fabrikam-is-out"
        assert "contract was ended" not in str([shown.activity for shown in company.teams.shown])
