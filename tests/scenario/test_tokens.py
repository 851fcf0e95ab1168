"""Tokens of inbound calls, over HTTP with authentication on: what is refused, and that nothing then happens."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from tests.teams_app import SPONSOR, Side, TeamsApp
from tests.teams_side import APP_ID, TENANT_ID, LocalIssuer, MockTeams, private_key, public_jwk


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    async with LocalIssuer() as issuer, MockTeams() as teams, TeamsApp(issuer) as app:
        yield Side(issuer, teams, app)


async def test_a_good_token_is_let_in_and_answered_with_the_bots_own_token(side: Side) -> None:
    status, _ = await side.app.deliver(side.message(), side.token())
    assert status == 200
    assert len(side.acts.asked) == 1
    assert [shown.activity["type"] for shown in side.teams.shown] == ["message"]
    assert side.teams.authorizations == ["Bearer bot-token-1"]


async def test_a_remembered_token_is_let_in_again_without_a_fetch(side: Side) -> None:
    token = side.token()
    for _ in range(3):
        assert (await side.app.deliver(side.message(), token))[0] == 200
    assert side.issuer.fetches == 1


NOW = int(time.time())


def unsigned(side: Side) -> str:
    claims = jwt.decode(side.token(), options={"verify_signature": False})
    return jwt.encode(claims, key="", algorithm="none", headers={"kid": "key-1"})


def signed_with_the_public_key_as_a_secret(side: Side) -> str:
    claims = jwt.decode(side.token(), options={"verify_signature": False})
    pem = (
        private_key("key-1")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    # PyJWT refuses to sign like this, so it is put together by hand.
    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT", "kid": "key-1"}) + b"." + part(claims)
    signature = base64.urlsafe_b64encode(hmac.new(pem, signed, hashlib.sha256).digest()).rstrip(b"=")
    return (signed + b"." + signature).decode()


def tampered(side: Side) -> str:
    header, claims, signature = side.token().split(".")
    return f"{header}.{claims}.{signature[:-8]}AAAAAAAA"


def with_other_claims_under_the_same_signature(side: Side) -> str:
    header, _, signature = side.token().split(".")
    _, claims, _ = side.token(exp=NOW + 99_999).split(".")
    return f"{header}.{claims}.{signature}"


REFUSED: dict[str, Callable[[Side], str | None]] = {
    "missing": lambda side: None,
    "garbage": lambda side: "garbage",
    "garbage in three parts": lambda side: "a.b.c",
    "not ascii": lambda side: "ü.ü.ü",
    "empty": lambda side: "",
    "for another audience": lambda side: side.token(aud="00000000-0000-0000-0000-0000000a0a0a"),
    "for many audiences": lambda side: side.token(aud=[APP_ID, "another"]),
    "without an audience": lambda side: side.token(aud=None),
    "of another issuer": lambda side: side.token(iss="https://api.botframework.com/"),
    "issued by Entra": lambda side: side.token(iss=f"https://sts.windows.net/{TENANT_ID}/"),
    "issued by Entra, version 2": lambda side: side.token(iss=f"https://login.microsoftonline.com/{TENANT_ID}/v2.0"),
    "expired": lambda side: side.token(exp=NOW - 120),
    "expired long ago": lambda side: side.token(exp=1),
    "without an end": lambda side: side.token(exp=None),
    "with an end that is no number": lambda side: side.token(exp="tomorrow"),
    "with an endless end": lambda side: side.token(exp=1e400),
    "not valid yet": lambda side: side.token(nbf=NOW + 600),
    "without a service URL": lambda side: side.token(serviceurl=None),
    "unsigned": unsigned,
    "signed with the public key as a secret": signed_with_the_public_key_as_a_secret,
    "tampered with": tampered,
    "with other claims": with_other_claims_under_the_same_signature,
    "signed by an unknown key": lambda side: side.token(key_id="key-nobody-knows"),
    "signed by another key under a known id": lambda side: side.token(key=private_key("key-2")),
    "naming no key": lambda side: side.token(headers={"kid": ""}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_token_is_refused(side: Side, name: str) -> None:
    status, _ = await side.app.deliver(side.message(), REFUSED[name](side))
    assert status == 401
    assert side.acts.asked == []
    assert side.teams.calls == []
    assert (await side.app.deliver(side.message(), side.token()))[0] == 200, "and the next caller is served"


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "bearer garbage", "x" * 4000])
async def test_an_authorization_header_that_is_no_token_is_refused(side: Side, header: str) -> None:
    status, _ = await side.app.deliver(None, json=side.message(), headers={"Authorization": header})
    assert status == 401


async def test_a_token_for_another_service_url_is_refused(side: Side) -> None:
    elsewhere = side.issuer.token("https://smba.trafficmanager.net/emea/")
    assert (await side.app.deliver(side.message(), elsewhere))[0] == 403
    assert side.acts.asked == []


async def test_a_service_url_that_we_never_talk_to_is_refused_even_when_signed(side: Side) -> None:
    evil = "https://connector.example.com/"
    status, _ = await side.app.deliver(SPONSOR.says("hi", service_url=evil), side.issuer.token(evil))
    assert status == 403


@pytest.mark.parametrize("where", ["conversation", "channelData", "both", "neither"])
async def test_another_tenant_is_refused(side: Side, where: str) -> None:
    other = "99999999-0000-0000-0000-000000000000"
    activity = side.message()
    if where in ("conversation", "both"):
        activity["conversation"]["tenantId"] = other
    if where in ("channelData", "both"):
        activity["channelData"]["tenant"]["id"] = other
    if where == "neither":
        del activity["conversation"]["tenantId"], activity["channelData"]["tenant"]
    assert (await side.app.deliver(activity, side.token()))[0] == 403
    assert side.acts.asked == []


async def test_a_key_that_is_not_endorsed_for_teams_is_refused(side: Side) -> None:
    side.issuer.publish("key-webchat", endorsements=["webchat"])
    assert (await side.app.deliver(side.message(), side.token(key_id="key-webchat")))[0] == 403
    side.issuer.publish("key-nothing", endorsements=[])
    assert (await side.app.deliver(side.message(), side.token(key_id="key-nothing")))[0] == 403


@pytest.mark.parametrize("channel", ["webchat", "directline", "emulator", None])
async def test_an_activity_of_another_channel_is_refused(side: Side, channel: str | None) -> None:
    assert (await side.app.deliver({**side.message(), "channelId": channel}, side.token()))[0] == 403


async def test_a_token_whose_key_left_the_set_is_refused_though_it_was_remembered(side: Side) -> None:
    token = side.token()
    assert (await side.app.deliver(side.message(), token))[0] == 200
    side.issuer.publish("key-2")
    side.issuer.retire("key-1")
    assert (await side.app.deliver(side.message(), side.token(key_id="key-2")))[0] == 200
    assert (await side.app.deliver(side.message(), token))[0] == 401


async def test_a_key_replaced_under_the_same_id_is_not_the_key_that_was_remembered(side: Side) -> None:
    token = side.token()
    assert (await side.app.deliver(side.message(), token))[0] == 200
    side.issuer.published["key-1"] = {**public_jwk("key-2"), "kid": "key-1"}
    side.issuer.publish("key-3")
    assert (await side.app.deliver(side.message(), side.token(key_id="key-3")))[0] == 200
    assert (await side.app.deliver(side.message(), token))[0] == 401


async def test_what_the_caller_is_told_does_not_say_why(side: Side) -> None:
    _, body = await side.app.deliver(side.message(), side.token(aud="another"))
    assert body == {"error": {"code": "401", "message": "not let in"}}
