"""A policy's own questions and terms in the interview, by card and in words, and what is kept of their answers."""

import shutil
from pathlib import Path

from bot.workflow.records import Act
from tests.scenario.company import POLICY, Company, inputs, running_company, words
from tests.scenario.walks import id_in

DEMANDS = """
questions:
  seats: {kind: number, text: How many people are in the team?, least: 1, most: 50}
  signed-on: {kind: date, text: When was the contract signed?}
  on-site: {kind: yes/no, text: {en: Will they work on site?, zh-Hant: 會到現場工作嗎？}}
terms:
  nda: {text: The agreement on confidential things, version: 2026-02, link: https://northwindtraders.com/nda}
rules:
  - id: supplier-details
    tighten:
      obligations: {questions: [seats, signed-on, on-site], terms: [nda]}
      reason: Suppliers tell more.
    when: {package.key: supplier-portal}
  - id: only-on-site
    deny: {reason: Only who works on site may see the portal.}
    when: {package.key: supplier-portal, request.answers.on-site: false}
  - id: tenants-only
    deny: {reason: Their organisation has no accounts of its own.}
    when: {partner.is_entra_tenant: false}
"""

ASK = "invite li@contoso.com to the Supplier portal for 30 days"


def demanding(folder: Path) -> Path:
    """The default policy, with questions of each kind and terms for the supplier portal."""
    shutil.copytree(POLICY, folder, ignore=shutil.ignore_patterns("*-tests.yaml"))
    (folder / "60-demands.yaml").write_text(DEMANDS)
    return folder


async def test_questions_of_every_kind_and_terms_are_answered_in_words(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url, policy=demanding(tmp_path / "policy")) as company:
        for said in (ASK, "Li Na", "Deliveries for the new line begin in March.", "12", "1 December 2025"):
            answered = await company.say("adele", said)
        assert "Will they work on site?" in words(answered.card)
        answered = await company.say("adele", "yes")
        assert "The agreement on confidential things" in words(answered.card)
        assert "2026-02" in str(inputs(answered.card)["value"])
        refused = await company.say("adele", "no")
        assert "only go on if you accept" in words(refused.card)
        answered = await company.say("adele", "yes")
        assert "accepted, version 2026-02" in words(answered.card)
        await _submitted(company, answered.card)


async def test_questions_of_every_kind_and_terms_are_answered_on_cards(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url, policy=demanding(tmp_path / "policy")) as company:
        for said in (ASK, "Li Na", "Deliveries for the new line begin in March."):
            answered = await company.say("adele", said)
        assert inputs(answered.card)["value"]["type"] == "Input.Number"
        answered = await company.click("adele", answered.card, "Next", value=12)
        assert inputs(answered.card)["value"]["type"] == "Input.Date"
        answered = await company.click("adele", answered.card, "Next", value="2025-12-01")
        answered = await company.click("adele", answered.card, "Next", value="yes")
        assert inputs(answered.card)["value"]["type"] == "Input.Toggle"
        answered = await company.click("adele", answered.card, "Next", value="true")
        await _submitted(company, answered.card)


async def _submitted(company: Company, card: object) -> None:
    answered = await company.click("adele", card, "Submit")
    request_id = id_in(answered.said)
    await company.work()
    request = await company.desk.store.read(lambda tx: tx.requests.get(request_id))
    assert request is not None
    assert dict(request.answers) == {
        "seats": "12",
        "signed-on": "2025-12-01",
        "on-site": "yes",
        "nda": "accepted 2026-02",
    }
    assert request.facts["request.answers.seats"] == 12
    assert request.facts["request.answers.nda"] is True
    assert request.facts["time.weekday"]
    (submitted,) = [each for each in await company.audit(request_id) if each.entry.act is Act.REQUEST_SUBMITTED]
    assert submitted.entry.details["terms"] == "nda 2026-02"
    assert submitted.texts is not None and submitted.texts["answer.nda"] == "accepted 2026-02"


async def test_an_answer_that_policy_denies_can_be_changed(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url, policy=demanding(tmp_path / "policy")) as company:
        for said in (ASK, "Li Na", "Deliveries for the new line begin in March.", "12", "1 December 2025", "no", "yes"):
            answered = await company.say("adele", said)
        assert "Only who works on site" in words(answered.card)
        answered = await company.say("adele", "change custom:on-site")
        answered = await company.say("adele", "yes")
        await _submitted(company, answered.card)


async def test_the_directory_is_asked_for_a_tenant_where_a_rule_asks(sqlite_url: str, tmp_path: Path) -> None:
    async with running_company(sqlite_url, policy=demanding(tmp_path / "policy")) as company:
        answered = await company.say("adele", "invite ana@newcomer.example")
        assert "no accounts of its own" in words(answered.card)
    async with running_company(sqlite_url) as company:
        await company.say("grady", "invite ana@newcomer.example")
        assert company.writes("GET", "/tenantRelationships") == []
