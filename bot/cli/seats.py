"""Who sits at the sandbox's Playgrounds, and which of their channels its policy's channel names are bound to."""

from collections.abc import Mapping

from bot.cli.playgrounds import Channel, Inhabitant, Seat, Team, Tenancy
from bot.sandbox.seed import Seed
from bot.workflow.records import Conversation, ConversationKind

SPONSOR = "adele"
APPROVER = "megan"
NEIGHBOURS = ("alex", "lynne", "miriam", "joni", "grady", "nestor")
"""Who else is in their chats and teams; a Playground takes the first five that it needs."""

GENERAL = "19:partnerships-general@thread.tacv2"
GUEST_REQUESTS = "19:guest-requests@thread.tacv2"

BINDINGS: Mapping[str, str] = {
    "guest-requests": GUEST_REQUESTS,
    # A Playground's team has one channel beside General, so these two share General.
    "security-approvals": GENERAL,
    "admins": GENERAL,
}
"""Channel name to conversation id, all at the approver's seat."""


def tenancy(seed: Seed) -> Tenancy:
    return Tenancy(
        tenant_id=seed.tenant.id,
        bot_id=f"28:{seed.application.id}",
        bot_name=seed.application.name,
        people=[_inhabitant(seed, key) for key in (SPONSOR, APPROVER, *NEIGHBOURS)],
    )


def seats(seed: Seed, *, sponsor_port: int, approver_port: int) -> tuple[Seat, Seat]:
    """The sponsor's and the approver's, in that order. Their conversations have different ids (see Seat)."""
    sponsor = Seat(
        person=_inhabitant(seed, SPONSOR),
        port=sponsor_port,
        team=Team(id="19:design-general@thread.tacv2", name="Design", group_id="c0000000-0000-4000-8000-000000000001"),
    )
    approver = Seat(
        person=_inhabitant(seed, APPROVER),
        port=approver_port,
        team=Team(
            id=GENERAL,
            name="Partnerships",
            group_id="c0000000-0000-4000-8000-000000000002",
            channel=Channel(id=GUEST_REQUESTS, name="Guest requests"),
        ),
    )
    return sponsor, approver


def channel_conversations(seed: Seed, *, service_url: str) -> tuple[Conversation, ...]:
    """The approver's channels as the bot would know them once it was installed there, before anybody wrote anything."""
    return tuple(
        Conversation(
            id=conversation_id,
            kind=ConversationKind.CHANNEL,
            service_url=service_url,
            tenant_id=seed.tenant.id,
            bot_id=f"28:{seed.application.id}",
            team_id=GENERAL,
        )
        for conversation_id in (GENERAL, GUEST_REQUESTS)
    )


def _inhabitant(seed: Seed, key: str) -> Inhabitant:
    person = seed.people[key]
    return Inhabitant(account=f"29:{key}", id=person.id, name=person.name, address=person.mail)
