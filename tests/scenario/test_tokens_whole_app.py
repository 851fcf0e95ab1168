"""The door of the whole app, as `create_app` builds it: every bad token is refused, and nothing happens behind it."""

from dataclasses import dataclass
from typing import Any

from tests.scenario.company import Company
from tests.scenario.test_tokens import REFUSED

SPONSOR = "adele"


@dataclass
class Tokens:
    """What the makers of bad tokens need of a side."""

    company: Company

    def token(self, **more: Any) -> str:
        return self.company.issuer.token(self.company.teams.url, **more)


async def test_no_bad_token_gets_past_the_door(company: Company) -> None:
    for name, make in REFUSED.items():
        token = make(Tokens(company))  # type: ignore[arg-type]
        activity = company.people[SPONSOR].says("request access", service_url=company.teams.url)
        answered = await company.send(activity, token=token or "")
        assert answered.status == 401, name
    assert company.teams.shown == []
    person = company.people[SPONSOR].id
    assert await company.desk.store.read(lambda tx: tx.drafts.get(person)) is None
    assert await company.desk.store.read(lambda tx: tx.conversations.with_person(person)) is None
    assert (await company.say(SPONSOR, "request access")).status == 200


async def test_a_good_token_does_not_open_the_door_for_another_tenant_or_service_url(company: Company) -> None:
    person = company.people[SPONSOR]
    activity = person.says("request access", service_url=company.teams.url)
    other = "99999999-0000-0000-0000-000000000000"
    elsewhere = company.issuer.token("https://smba.trafficmanager.net/emea/")
    assert (await company.send(activity, token=elsewhere)).status == 403
    foreign = {**activity, "conversation": {**activity["conversation"], "tenantId": other}}
    assert (await company.send(foreign)).status == 403
    foreign = {**activity, "channelData": {"tenant": {"id": other}}}
    assert (await company.send(foreign)).status == 403
    assert company.teams.shown == []


async def test_a_new_key_is_taken_at_once_by_the_whole_app(company: Company) -> None:
    who = company.people[SPONSOR]
    assert (await company.say(SPONSOR, "help")).status == 200
    company.issuer.publish("key-2")
    token = company.issuer.token(company.teams.url, key_id="key-2")
    assert (await company.send(who.says("help", service_url=company.teams.url), token=token)).status == 200
