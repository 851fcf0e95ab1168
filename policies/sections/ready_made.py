"""The section `ready_made`: what most companies refuse, written in a line; each line becomes denies like any other."""

from collections.abc import Iterator
from itertools import combinations

from bot.domain.findings import Effect
from bot.domain.packages import AccessPackage, LocalisedText
from policies.facts import FACTS
from policies.model import Comparison, Condition, Rule, Source
from policies.reading import Fields, Reader
from policies.sections.merged import Merged
from policies.sections.names import Names
from policies.sections.values import ValueReader
from policies.wording import localised
from policies.yaml_nodes import Node

KEYS = ("blocked_domains", "look_alike_domains", "quotas", "incompatible_packages")
QUOTAS = ("active_guests", "requests_in_7_days", "packages_held")
_MOST = 1000


def read_ready_made(merged: Merged, reader: Reader, names: Names) -> tuple[Rule, ...]:
    """The rules that the section comes to. Their ids begin with `ready-made.`, which no rule of a file can."""
    found = merged.fixed("ready_made")
    for key, (source, _) in found.items():
        if key not in KEYS:
            message = f"`{key[:70]}` is no key of `ready_made`, which has {', '.join(KEYS)}"
            reader.problems.add(source, message, given=key, known=KEYS)
    rules: list[Rule] = []
    if "blocked_domains" in found:
        rules.append(_blocked_domains(reader, names, *found["blocked_domains"]))
    if "look_alike_domains" in found:
        source, node = found["look_alike_domains"]
        if not reader.yes_no(node, "`look_alike_domains`"):
            reader.problems.add(node.source, "`look_alike_domains` is `true`, or left out")
        rules.append(_look_alikes(source))
    if "quotas" in found:
        rules += _quotas(reader, found["quotas"][1])
    if "incompatible_packages" in found:
        rules += _incompatible(reader, names, found["incompatible_packages"][1])
    return tuple(rules)


def _deny(name: str, when: Condition, source: Source, reason: LocalisedText, remedy: LocalisedText) -> Rule:
    return Rule(id=f"ready-made.{name}", effect=Effect.DENY, when=when, source=source, reason=reason, remedy=remedy)


def _is(fact: str, operator: str, operand: str | int | bool | tuple[str, ...], source: Source) -> Condition:
    return Condition(comparisons=(Comparison(fact=fact, operator=operator, operand=operand, source=source),))


def _blocked_domains(reader: Reader, names: Names, source: Source, node: Node) -> Rule:
    fact = "partner.domain"
    patterns, written = ValueReader(reader, names).listed(fact, FACTS[fact], node)
    comparison = Comparison(fact=fact, operator="in", operand=patterns, written=written, source=node.source)
    return _deny(
        "blocked-domains",
        Condition(comparisons=(comparison,)),
        source,
        localised("Nobody is invited by an address at {partner.domain}.", "不得邀請 {partner.domain} 的電子郵件地址。"),
        localised("Ask your guest for another work address.", "請向來賓索取其他公司電子郵件地址。"),
    )


def _look_alikes(source: Source) -> Rule:
    imitates = _is("partner.looks_like", "is_not", "", source)
    mixed = _is("partner.mixed_scripts", "is", True, source)
    return _deny(
        "look-alike-domains",
        Condition(any=(imitates, mixed)),
        source,
        localised(
            "{partner.domain} looks like a domain that it is not; such addresses are used to deceive.",
            "{partner.domain} 看起來像另一個網域；這類地址常用於詐騙。",
        ),
        localised(
            "Compare the address with one that you know to be your guest's, letter by letter. If it is right, ask an "
            "administrator to add the domain.",
            "請逐字核對來賓的正確地址；若確認無誤，請管理員加入此網域。",
        ),
    )


def _quotas(reader: Reader, node: Node) -> Iterator[Rule]:
    fields = Fields(reader, node, "`quotas`", known=QUOTAS)

    def most(key: str) -> tuple[int, Source] | None:
        found = fields.get(key)
        return None if found is None else (reader.integer(found, f"`{key}`", least=1, most=_MOST), found.source)

    if (guests := most("active_guests")) is not None:
        number, source = guests
        # An extension brings no new guest.
        new = Comparison(fact="request.kind", operator="is", operand="access", source=source)
        full = Comparison(fact="sponsor.active_guests", operator="at_least", operand=number, source=source)
        yield _deny(
            "active-guests",
            Condition(comparisons=(new, full)),
            source,
            localised(
                f"You sponsor {{sponsor.active_guests}} guests already; {number} is the most.",
                f"您目前已擔保 {{sponsor.active_guests}} 位來賓；上限為 {number} 位。",
            ),
            localised("End access that is no longer needed (my guests).", "請結束不再需要的存取權（我的來賓）。"),
        )
    if (requests := most("requests_in_7_days")) is not None:
        number, source = requests
        yield _deny(
            "requests-in-7-days",
            _is("sponsor.requests_in_7_days", "at_least", number, source),
            source,
            localised(f"In 7 days you can make {number} requests.", f"7 天內最多可提出 {number} 個要求。"),
            localised("Ask again in a few days.", "請過幾天再提出要求。"),
        )
    if (held := most("packages_held")) is not None:
        number, source = held
        yield _deny(
            "packages-held",
            _is("guest.packages_after", "count_at_least", number + 1, source),
            source,
            localised(
                f"A guest holds {number} access packages at most; these would be {{guest.packages_after}}.",
                f"一位來賓最多可擁有 {number} 個存取套件；此要求之後會有：{{guest.packages_after}}。",
            ),
            localised("Ask for fewer, or end one first.", "請減少要求的項目，或先結束其中一個。"),
        )


def _incompatible(reader: Reader, names: Names, node: Node) -> Iterator[Rule]:
    said: set[tuple[str, str]] = set()
    for item in reader.items(node, "`incompatible_packages`"):
        keys = reader.references(item, names.packages, "an access package of `access_packages`")
        if len(keys) < 2:
            reader.problems.add(item.source, "packages are incompatible with each other: name two or more, [a, b]")
        for one, other in combinations(sorted(key for key in keys if key in names.packages), 2):
            if (one, other) not in said:
                said.add((one, other))
                yield _pair(names.packages[one], names.packages[other], item.source)


def _pair(one: AccessPackage, other: AccessPackage, source: Source) -> Rule:
    """Said of the package that is asked for beside the other, and once only where both are."""
    held = _is("guest.packages", "contains", other.key, source)
    asked = _is("request.packages", "contains", other.key, source)
    first = Comparison(fact="package.key", operator="is", operand=one.key, source=source)
    second = Comparison(fact="package.key", operator="is", operand=other.key, source=source)
    holds_one = Comparison(fact="guest.packages", operator="contains", operand=one.key, source=source)
    return _deny(
        f"incompatible.{one.key}.{other.key}",
        Condition(any=(Condition(comparisons=(first,), any=(held, asked)), Condition(comparisons=(second, holds_one)))),
        source,
        localised(
            f"Nobody holds both {_name(one, 'en')} and {_name(other, 'en')}.",
            f"同一人不得同時擁有「{_name(one, 'zh-Hant')}」與「{_name(other, 'zh-Hant')}」。",
        ),
        localised("Ask for one of the two only.", "請只要求其中一個。"),
    )


def _name(package: AccessPackage, language: str) -> str:
    # Braces would be read as a fact to fill in.
    return (package.name.get(language) or package.name.get("") or package.key).replace("{", "(").replace("}", ")")
