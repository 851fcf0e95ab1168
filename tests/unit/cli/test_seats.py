"""The sandbox's two seats fit together, and its channel names lead somewhere."""

import json

from bot.cli.playgrounds import configuration
from bot.cli.seats import BINDINGS, channel_conversations, seats, tenancy
from bot.sandbox.seed import northwind


def test_no_conversation_id_is_at_both_seats() -> None:
    seed = northwind()
    ids = []
    for seat in seats(seed, sponsor_port=1, approver_port=2):
        written = json.loads(json.dumps(configuration(seat, tenancy(seed))))
        ids += [written[key]["id"] for key in ("personalChat", "groupChat", "team")]
        ids += [channel["id"] for channel in written["team"]["channels"]]
    assert len(set(ids)) == len(ids)


def test_every_bound_channel_is_one_that_the_approver_has() -> None:
    seed = northwind()
    _, approver = seats(seed, sponsor_port=1, approver_port=2)
    assert approver.team.channel is not None
    at_the_seat = {approver.team.id, approver.team.channel.id}
    assert set(BINDINGS.values()) <= at_the_seat
    assert {
        conversation.id for conversation in channel_conversations(seed, service_url="http://127.0.0.1:2")
    } == at_the_seat
