"""A request under way keeps its route, but the newest revision's denies stop it: at a decision, and before the first
write.
"""

import shutil
from datetime import timedelta
from pathlib import Path

from bot.domain.assignments import AssignmentStatus
from bot.domain.requests import RequestStatus
from bot.sandbox.faults import Faults
from bot.workflow.records import Act
from tests.scenario.company import GUEST_REQUESTS, POLICY, Company, running_company, words
from tests.scenario.walks import approval_card, approve, id_in, review, submit

FABRIKAM_BANNED = """
rules:
  - id: fabrikam-is-out
    deny:
      reason: Fabrikam's contract was ended on 1 November.
      remedy: Talk to procurement.
    when: {partner.key: fabrikam}
"""


def stricter(folder: Path) -> Path:
    """The default policy with one more deny."""
    shutil.copytree(POLICY, folder, ignore=shutil.ignore_patterns("*-tests.yaml"))
    (folder / "60-banned.yaml").write_text(FABRIKAM_BANNED)
    return folder


async def status_of(company: Company, request: str) -> RequestStatus | None:
    stored = await company.desk.store.read(lambda tx: tx.requests.get(request))
    return stored.status if stored else None


async def test_an_approval_under_a_newer_deny_ends_the_request_instead(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url) as company:
        request = await submit(company)
        card = approval_card(company, request).card
    async with running_company(sqlite_url, policy=stricter(tmp_path / "newer")) as company:
        await company.say("adele", "help")
        answered = await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
        await company.work()
        assert await status_of(company, request) is RequestStatus.DENIED
        assert "contract was ended" in answered.said
        assert company.writes("POST", "/invitations") == []
        assert "contract was ended" in words(company.in_chat("adele")[-1].card)
        entry = [each.entry for each in await company.audit(request) if each.entry.act is Act.REQUEST_DENIED][-1]
        assert entry.revision == company.desk.policy().revision
        assert entry.details["rules"] == "fabrikam-is-out"


async def test_an_approved_request_is_stopped_before_its_first_write(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url) as company:
        reviewed = await review(company, "grady")
        request = id_in((await company.click("grady", reviewed.card, "Submit")).said)
        assert await status_of(company, request) is RequestStatus.APPROVED
    async with running_company(sqlite_url, policy=stricter(tmp_path / "newer")) as company:
        await company.work()
        assert await status_of(company, request) is RequestStatus.DENIED
        assert company.directory.journal == ()


async def test_a_policy_that_no_longer_grants_but_does_not_deny_lets_it_go_on(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url) as company:
        request = await submit(company)
        card = approval_card(company, request).card
    shorter = tmp_path / "shorter"
    shutil.copytree(POLICY, shorter, ignore=shutil.ignore_patterns("*-tests.yaml"))
    rules = shorter / "40-rules.yaml"
    rules.write_text(rules.read_text().replace("max_days: 90", "max_days: 30"))
    async with running_company(sqlite_url, policy=shorter) as company:
        await company.click("megan", card, "Approve", channel=GUEST_REQUESTS)
        await company.work()
        assert await status_of(company, request) is RequestStatus.DELIVERED


async def test_an_invitation_that_waited_is_stopped_by_a_deny_that_came_meanwhile(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with running_company(sqlite_url) as company:
        request = await submit(company)
        company.directory.faults = Faults(calls=("invite",), throttled=1.0, retry_after_seconds=600, times=1)
        await approve(company, request)
        assert await status_of(company, request) is RequestStatus.DELIVERING
    async with running_company(sqlite_url, policy=stricter(tmp_path / "newer")) as company:
        company.clock.move(timedelta(hours=1))
        await company.work()
        assert await status_of(company, request) is RequestStatus.DENIED
        assert company.writes("POST", "/invitations") == []
        [held] = await company.desk.store.read(lambda tx: tx.assignments.of_request(request))
        assert held.status is AssignmentStatus.ENDED
