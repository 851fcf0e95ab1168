"""What is known when a draft or request is looked at: facts for policy, and what the guest holds already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.errors import DomainError, GuestDeleted, GuestDisabled, GuestIsEmployee
from bot.domain.findings import Facts, FactValue
from bot.domain.packages import LocalisedText, Partner
from bot.domain.people import DirectoryGuest, Redemption, UserType
from bot.domain.requests import Choice, RequestKind
from bot.interview.draft import Draft, Known, Problem
from bot.workflow.actions import Actor
from bot.workflow.desk import Desk
from bot.workflow.lookups import KnownPerson, Lookups
from bot.workflow.ports import Tx
from policies.compiled import compiled
from policies.facts import facts_of_answers, facts_of_partner, facts_of_time, with_packages_after
from policies.model import Policy
from policies.offer import Offer, offer

DENIALS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A draft, and everything around it that its next question or its review depends on."""

    draft: Draft
    policy: Policy
    sponsor: KnownPerson
    guest: DirectoryGuest | None
    partner: Partner | None
    facts: Facts
    offer: Offer
    known: Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked for, as far as it is known yet; None is not known."""

    kind: RequestKind
    address: str | None
    packages: tuple[str, ...] | None = None
    days: int | None = None
    justification: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    """To the policy's own questions and terms, as they are stored."""
    request: str | None = None
    """The id of the request that is looked at again: what it has brought about itself does not count against it."""


def today_in(time_zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(time_zone)).date()


def end_of(day: date, time_zone: str) -> datetime:
    """The end of this day there, in UTC."""
    after = day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(time_zone)).astimezone(ZoneInfo("UTC"))


def partner_of(policy: Policy, address: str | None) -> Partner | None:
    return policy.partner_of(address.rpartition("@")[2]) if address else None


def facts_of(
    tx: Tx,
    policy: Policy,
    lookups: Lookups,
    *,
    now: datetime,
    sponsor: KnownPerson,
    guest: DirectoryGuest | None,
    ask: Ask,
) -> Facts:
    """The facts that conditions speak of (policies.facts), for this sponsor, guest and ask at this moment.

    Raises Unread where a fact that the policy speaks of must be read in the directory first.
    """
    person = sponsor.person
    facts: dict[str, FactValue] = {
        "sponsor.id": person.id,
        "sponsor.user_type": str(person.user_type),
        "sponsor.groups": tuple(sorted(sponsor.groups)),
        "sponsor.department": person.department,
        "sponsor.title": person.title,
        "sponsor.employee_type": person.employee_type,
        "sponsor.country": person.country,
        "sponsor.has_manager": person.manager is not None,
        "sponsor.manager": person.manager.id if person.manager is not None else "",
        "sponsor.active_guests": tx.assignments.count_guests_of(person.id, besides=ask.address),
        "sponsor.requests_in_7_days": tx.requests.count_of_sponsor(
            person.id, since=now - timedelta(days=7), besides=ask.request
        ),
        "request.kind": str(ask.kind),
        "request.packages": ask.packages,
        "request.days": ask.days,
        "request.justification_length": None if ask.justification is None else len(ask.justification),
        **facts_of_answers(policy, ask.answers),
        **facts_of_time(policy, now),
    }
    if ask.address is not None:
        facts.update(facts_of_partner(policy, ask.address))
        domain = facts["partner.domain"]
        # Graph is asked only where a rule asks.
        if isinstance(domain, str) and "partner.is_entra_tenant" in compiled(policy).spoken_of:
            facts["partner.is_entra_tenant"] = lookups.is_entra_tenant(domain)
        facts.update(_facts_of_guest(tx, ask, ask.address, guest))
    return with_packages_after(facts)


def _facts_of_guest(tx: Tx, ask: Ask, address: str, guest: DirectoryGuest | None) -> dict[str, FactValue]:
    past = tx.requests.about_guest(address, limit=DENIALS_LOOKED_AT)
    return {
        "guest.address": address,
        "guest.exists": guest is not None and not guest.deleted,
        "guest.state": str(guest.redemption if guest else Redemption.NOT_INVITED),
        "guest.packages": tuple(
            sorted({held.package for held in tx.assignments.of_guest(address) if held.request_id != ask.request})
        ),
        # By people: what policy denied, policy denies again where it still would.
        "guest.previous_denials": sum(
            1 for request in past if any(decision.choice is Choice.DENY for decision in request.decisions)
        ),
    }


def situation(tx: Tx, desk: Desk, actor: Actor, draft: Draft) -> Situation:
    """Everything around this draft. Raises Unread where the directory must be asked first."""
    policy = desk.policy()
    now = desk.clock()
    today = today_in(draft.time_zone, now)
    sponsor = desk.lookups.person(actor.id)
    guest = desk.lookups.guest(draft.address) if draft.address else None
    ask = Ask(
        kind=kind_of(draft),
        address=draft.address,
        packages=draft.packages,
        days=(draft.until - today).days if draft.until else None,
        justification=draft.justification,
        answers=draft.answers,
    )
    facts = facts_of(tx, policy, desk.lookups, now=now, sponsor=sponsor, guest=guest, ask=ask)
    partner = partner_of(policy, draft.address)
    trouble = account_trouble(guest)
    return Situation(
        draft=draft,
        policy=policy,
        sponsor=sponsor,
        guest=guest,
        partner=partner,
        facts=facts,
        # Which questions are answered can still become more.
        offer=offer(policy, {**facts, "request.answers": None}),
        known=Known(
            today=today,
            own_domains=desk.lookups.own_domains(),
            holds=_held(tx, draft),
            under_way=tx.requests.open_for_guest(draft.address) if draft.address else {},
            partner_name=partner.name if partner else None,
            guest_trouble=Problem(key=trouble.key, params=dict(trouble.params)) if trouble else None,
        ),
    )


def _held(tx: Tx, draft: Draft) -> Mapping[str, date]:
    if not draft.address:
        return {}
    return {held.package: held.until for held in tx.assignments.of_guest(draft.address)}


def kind_of(draft: Draft) -> RequestKind:
    return RequestKind.EXTENSION if draft.extends else RequestKind.ACCESS


def account_trouble(guest: DirectoryGuest | None) -> DomainError | None:
    """What about an existing account forbids giving it access."""
    if guest is None:
        return None
    if guest.deleted:
        return GuestDeleted(address=guest.address)
    if guest.user_type is UserType.MEMBER:
        return GuestIsEmployee(address=guest.address)
    return None if guest.enabled else GuestDisabled(address=guest.address)


def package_names(policy: Policy, keys: Sequence[str]) -> dict[str, LocalisedText]:
    """Names to show; a package that policy no longer has is shown by its key."""
    return {key: policy.packages[key].name if key in policy.packages else {"": key} for key in keys}
