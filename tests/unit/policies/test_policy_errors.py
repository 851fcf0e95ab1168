"""Every mistake in a policy file is told at once, where it stands."""

import time
from pathlib import Path

import pytest

from policies.errors import MOST, PolicyErrors
from policies.loader import LARGEST_FILE, load, load_texts
from tests.unit.policies.policy_samples import BASE, STANDARD


def errors_of(text: str) -> list[str]:
    with pytest.raises(PolicyErrors) as raised:
        load_texts([("p.yaml", text)])
    return [str(error) for error in raised.value.errors]


def bent(old: str, new: str, rules: str = STANDARD) -> str:
    text = f"{BASE}rules:\n{rules}"
    assert old in text
    return text.replace(old, new, 1)


def rule(when: str, does: str = "deny: {reason: No}") -> str:
    return f"{BASE}rules:\n  - id: x\n    {does}\n    when: {when}\n"


BENT = [
    (
        "max_days: 90",
        "max_dys: 90",
        "`max_dys` is no key of `limits`, which has max_days, justification, did you mean `max_days`?",
    ),
    ("max_days: 90", "max_days: many", "`max_days` is a whole number, not the text `many`"),
    ("max_days: 90", "max_days: true", "`max_days` is a whole number, not the yes/no value `true`"),
    ("max_days: 90", "max_days: 0", "`max_days` is a number from 1 to 3650, not 0"),
    ("route: light,", "route: ligth,", "`ligth` is not a route of `routes`, did you mean `light`?"),
    (
        "package.class: standard}",
        "package.class: standart}",
        "`standart` is not among `classes`, so `package.class` is never that, did you mean `standard`?",
    ),
    (
        "sponsor.user_type: Member",
        "sponsor.user_type: member",
        "`member` is not one of Member, Guest, Unknown, so `sponsor.user_type` is never that, did you mean `Member`?",
    ),
    ("partner.known: true", "partner.knwon: true", "there is no fact `partner.knwon`, did you mean `partner.known`?"),
    ("partner.known: true", 'partner.known: "true"', "`partner.known` is true or false, not the text `true`"),
    ("partner.known: true", "partner.known: yes", "`partner.known` is true or false, not the text `yes`"),
    (
        "{ask: {group: approvers}}]",
        "{ask: {group: aprovers}}]",
        "`aprovers` is not a group of `groups`, did you mean `approvers`?",
    ),
    ("owner: {group: owners}", "owner: {group: owner}", "`owner` is not a group of `groups`, did you mean `owners`?"),
    (
        "packages: [falcon]",
        "packages: [falcn]",
        "`falcn` is not an access package of `access_packages`, did you mean `falcon`?",
    ),
    ("questions: [code]", "questions: [cod]", "`cod` is not a question of `questions`, did you mean `code`?"),
    ("sponsors: [trusted]", "sponsors: [trsted]", "`trsted` is not a group of `groups`, did you mean `trusted`?"),
    (
        "domains: [contoso.com]",
        "domains: [Fabrikam.COM]",
        "`fabrikam.com` belongs to the partner `fabrikam` already, in p.yaml:26",
    ),
    ("domains: [contoso.com]", 'domains: ["*.com"]', "`*.com` is all of a top-level domain, which no partner has"),
    (
        "domains: [contoso.com]",
        "domains: [con toso]",
        "`con toso` is no domain, such as fabrikam.com or *.fabrikam.com",
    ),
    ("domains: [contoso.com]", "domains: []", "`domains` is empty"),
    ("country: DE", "country: Germany", "`country` is two letters (ISO 3166, such as DE), not `Germany`"),
    (
        "https://apps.example/",
        "http://apps.example/",
        "`redirect_url` is an https:// address, not `http://apps.example/`",
    ),
    (
        "https://apps.example/",
        "https://a@apps.example/",
        "`redirect_url` is an https:// address, not `https://a@apps.example/`",
    ),
    (
        "approvers: 44444444-4444-4444-4444-444444444444",
        "approvers: Guest approvers",
        "the group `approvers` is an object id (8-4-4-4-12 hexadecimal digits), not `Guest approvers`",
    ),
    (
        "approvers: 44444444-4444-4444-4444-444444444444",
        "approvers: 66666666-6666-6666-6666-666666666666",
        "`owners` is the group `approvers`, which has this object id already",
    ),
    (
        "light: {weight: 10, channel: requests, ",
        "light: {weight: 10, ",
        "the route `light` asks people, so it needs a `channel` to ask them in",
    ),
    (
        "auto: {weight: 0,",
        "auto: {weight: 0, channel: x,",
        "a route without stages asks nobody, so it has no `channel`",
    ),
    (
        "auto: {weight: 0,",
        "auto: {weight: 15,",
        "the route `auto` asks nobody, so its weight is less than 10, the weight of `light`, which asks somebody",
    ),
    (
        "auto: {weight: 0, stages: []}",
        "other: {weight: 5, channel: c, stages: [{ask: {group: owners}}]}",
        "`preapproved` needs a route that asks nobody, such as `auto: {weight: 0, stages: []}` in `routes`",
    ),
    ("deny_after: 5d", "deny_after: 5 days", "`deny_after` is a time such as 24h, 5d or 2w, not the text `5 days`"),
    ("deny_after: 5d", "deny_after: 999d", "`deny_after` is at most 366d, not 999d"),
    (
        "{ask: {who: sponsor.manager}}",
        "{ask: {who: sponsor.boss}}",
        "`sponsor.boss` is not `sponsor.manager` or `package.owner`",
    ),
    (
        "{ask: {who: sponsor.manager}}",
        "{ask: {who: sponsor.manager}, approvals: 2}",
        "a sponsor has one manager, who cannot give 2 approvals",
    ),
    (
        "{ask: {who: sponsor.manager}}",
        "{ask: {who: package.owner, group: owners}}",
        "`ask` names either `who` or a `group`",
    ),
    ("{ask: {who: sponsor.manager}}", "{ask: {}}", "`ask` names either `who` or a `group`"),
    (
        "grants: {groups: [members]}}",
        "grants: {}}",
        "`grants` names `groups` or `app_roles`: a package gives something",
    ),
    (
        "grants: {groups: [members]}}",
        "grants: {app_roles: [{app: x, role: 33333333-3333-3333-3333-333333333333}]}}",
        "`app` is an object id (8-4-4-4-12 hexadecimal digits), not `x`",
    ),
    (
        'pattern: "[A-Z]{3}"',
        'pattern: "[A-Z"',
        "`pattern` is no regular expression: unterminated character set at position 0",
    ),
    (
        'pattern: "[A-Z]{3}"',
        'pattern: "(a+)+b"',
        "`pattern` repeats a group, which can take for ever on some answers; write it out instead",
    ),
    ("choices: {a: First, b: Second}", "choices: {a: First}", "`choices` has 2 to 30 choices, not 1"),
    (
        "kind: choice, ",
        "kind: choise, ",
        "`choise` is not one of `text`, `choice`, `number`, `date`, `yes/no`, did you mean `choice`?",
    ),
    (
        "text: Why?",
        "text: {en: Why?, zh-hant: 為何？}",
        "`zh-hant` is no language that the bot speaks (en and zh-Hant), did you mean `zh-Hant`?",
    ),
    ("text: Why?", 'text: ""', "`text` is empty"),
    ("name: Portal, ", "", "`name` is missing from the access package `portal`"),
    (
        "  portal: {",
        "  Portal Two: {",
        "an access package's key `Portal Two` is not written in lower-case letters, digits and hyphens (64 at most)",
    ),
    ("- id: standard", "- id: default-deny", "`default-deny` is an id of the product's own findings; choose another"),
    ("[KP, NO]", "[KP, $consumed]", "there is no list `$consumed` in `lists`, did you mean `$consumer`?"),
    ("[KP, NO]", "[KP, $embargoed]", "a list cannot hold itself: `$embargoed` → `$embargoed`"),
    (
        "lists:",
        "list:",
        "`list` is no key of a policy file, which has "
        "groups, lists, questions, terms, access_packages, routes, ready_made, rules, partners, defaults, invariants, "
        "tests, did you mean `lists`?",
    ),
    ("    country: US", "    country: US\n    country: US", "`country` is here a second time; the first is in line 27"),
    ("  approvers: 4", "  approvers: &a 4", "`&a` is an anchor, which a policy does not use; remove it"),
    ("class: secret", "class: *secret", "`*secret` is an alias, which a policy does not use; write the value here"),
    (
        "class: secret",
        "class: !!str secret",
        "`tag:yaml.org,2002:str` is a YAML tag, which a policy does not use; remove it",
    ),
    (
        "[falcon], limits: {max_days: 180}",
        "[falcon, falcon], limits: {max_days: 180}",
        "`falcon` is named a second time",
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), BENT)
def test_each_mistake_is_named_with_what_was_meant(old: str, new: str, expected: str) -> None:
    told = [error.split(": ", 1)[1] for error in errors_of(bent(old, new))]
    assert expected in told


NOT_YET = [
    ("{ask: {group: approvers}}]", "{ask: {group: approvers}, escalate_after: 24h}]", "escalate_after"),
    ("{ask: {group: approvers}}]", "{ask: {group: approvers}, escalate_to: {group: owners}}]", "escalate_to"),
    ("justification: 30}", "justification: 30}, obligations: {review_every: 90d}", "review_every"),
    ("    country: US", "    redemption: {invitation: welcome}", "invitation"),
]


@pytest.mark.parametrize(("old", "new", "key"), NOT_YET)
def test_a_key_that_is_not_enforced_yet_is_refused_and_not_ignored(old: str, new: str, key: str) -> None:
    told = errors_of(bent(old, new))
    assert len(told) == 1
    assert told[0].endswith(f"`{key}` is not enforced by this version, so it is refused rather than ignored; remove it")


CONDITIONS = [
    ("{partner.domain: {in: $consumr}}", "there is no list `$consumr` in `lists`, did you mean `$consumer`?"),
    ("{partner.domain: $consumer}", "`$consumer` is a list; write `{in: $consumer}`"),
    ("{partner.domain: [gmail.com]}", "`partner.domain` is compared with a list by a word; write `{in: [...]}`"),
    (
        "{partner.domain: {in: gmail.com}}",
        "what `partner.domain` is compared with is a list, such as [a, b], not the text `gmail.com`",
    ),
    ("{partner.domain: {in: [not a domain]}}", "`not a domain` is no domain, such as fabrikam.com or *.fabrikam.com"),
    ("{partner.domain: 5}", '`partner.domain` is a text, not the number `5`; write "5" in quotes'),
    (
        "{partner.country: {in: [Germany]}}",
        "`partner.country` is a country's two letters (ISO 3166, such as DE), not `Germany`",
    ),
    (
        "{partner.key: fabrikm}",
        "`fabrikm` is not among `partners`, so `partner.key` is never that, did you mean `fabrikam`?",
    ),
    ("{sponsor.groups: trusted}", "`sponsor.groups` is a list; write `{contains: trusted}`"),
    (
        "{sponsor.groups: {contains: trustd}}",
        "`trustd` is not among `groups`, so `sponsor.groups` is never that, did you mean `trusted`?",
    ),
    (
        "{sponsor.active_guests: {atleast: 10}}",
        "`atleast` is no comparison of `sponsor.active_guests` (number), which has "
        "is, is_not, at_least, at_most, more_than, less_than, did you mean `at_least`?",
    ),
    ('{sponsor.active_guests: {at_least: "10"}}', "`sponsor.active_guests` is a whole number, not the text `10`"),
    ("{sponsor.active_guests: {}}", "`sponsor.active_guests` is compared with nothing here"),
    ("{any: []}", "`any` is empty"),
    ("{not: [{partner.known: true}]}", "`not` turns one condition round; write `not: {any: [...]}` for several"),
    ("{}", "a condition says something; an empty one would always hold"),
    ("always", "a condition is written as `fact: value` lines, not as the text `always`"),
]


@pytest.mark.parametrize(("when", "expected"), CONDITIONS)
def test_a_condition_that_could_never_mean_what_it_says_is_refused(when: str, expected: str) -> None:
    told = errors_of(rule(when))
    assert [error.split(": ", 1)[1] for error in told] == [expected]


BODIES = [
    ("deny: {remedy: Wait}", "`reason` is missing from a deny"),
    (
        'deny: {reason: "No {partner.name}"}',
        "there is no fact `partner.name` to fill in here, did you mean `partner.key`?",
    ),
    ("deny: {reason: No, route: light}", "`route` is no key of a deny, which has reason, remedy"),
    ("grant: {limits: {max_days: 5}}", "`route` is missing from a grant"),
    ("tighten: {reason: More}", "a tighten adds something: route, limits, obligations"),
    ("tighten: {route: heavy}", "`reason` is missing from a tighten"),
    ("permit: {route: light}", "`permit` is no key of a rule, which has id, when, mode, deny, tighten, grant"),
    ("deny: {reason: No}\n    grant: {route: light}", "a rule does one thing of deny, tighten, grant; this one does 2"),
]


@pytest.mark.parametrize(("does", "expected"), BODIES)
def test_a_rule_that_does_not_do_one_thing_in_full_is_refused(does: str, expected: str) -> None:
    told = [error.split(": ", 1)[1] for error in errors_of(rule("{partner.known: true}", does))]
    assert expected in told


def test_all_mistakes_come_at_once_in_the_order_of_the_file_with_line_and_column() -> None:
    text = bent("country: DE", "country: Germany").replace("max_days: 90", "max_days: x").replace("[KP, NO]", "{}")
    told = errors_of(text)
    assert [error.split(": ")[0] for error in told] == ["p.yaml:8:14", "p.yaml:29:61", "p.yaml:32:46"]


def test_the_offending_line_is_shown_with_a_caret() -> None:
    with pytest.raises(PolicyErrors) as raised:
        load_texts([("p.yaml", "groups:\n  中文: nothing\n")])
    assert "p.yaml:2:7: the group `中文` is an object id" in str(raised.value)
    assert "\n      中文: nothing\n          ^" in str(raised.value)


def test_one_list_used_twice_tells_its_mistake_once() -> None:
    text = rule("{any: [{partner.domain: {in: $consumer}}, {partner.domain: {in: $consumer}}]}")
    assert len(errors_of(text.replace("outlook.com", "out look"))) == 1


def test_a_second_rule_of_the_same_id_is_refused() -> None:
    told = errors_of(bent("", "", STANDARD + STANDARD))
    assert told == ["p.yaml:34:5: a rule `standard` stands in p.yaml:31 already"]


def test_a_text_in_a_language_names_the_line_of_that_language() -> None:
    told = errors_of(
        rule("{partner.known: true}", 'deny:\n      reason:\n        en: No\n        zh-Hant: "{partner.nam}"')
    )
    assert told[0].startswith("p.yaml:35:18: there is no fact `partner.nam` to fill in here")


def test_more_mistakes_than_anyone_reads_are_counted() -> None:
    told = errors_of("\n".join(f"k{number}: 1" for number in range(MOST + 20)))
    assert len(told) == MOST + 1
    assert told[-1].endswith("and 21 more mistakes")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "p.yaml:1:1: the file is empty"),
        (b"# nothing but a comment\n", "p.yaml:1:1: the file is empty"),
        (b"\x7fELF\x00\x01", "p.yaml:1:1: is no text file"),
        (b"groups:\n  a: \xff\xfe", "p.yaml:2:1: is not written in UTF-8"),
        (b"a" * (LARGEST_FILE + 1), "p.yaml:1:1: is larger than 1 MB; split it into several files of one folder"),
        (b"[" * 100_000, "p.yaml:1:21: this is nested more than 20 levels deep"),
        (b"{a: " * 100_000, "p.yaml:1:78: this is nested more than 20 levels deep"),
        (b"- a\n- b\n", "p.yaml:1:1: a policy file is written as `key: value` lines, not as a list"),
        (b"groups:\n\ta: 1\n", "p.yaml:2:1: this is no YAML: found character that cannot start any token"),
        (b"groups: {}\n---\ngroups: {}\n", "p.yaml:2:1: a second document begins here; write one in each file"),
        (b"groups: {a\x07: 1}", "p.yaml:1:11: there is a character here that YAML does not allow"),
        (b"? [a]\n: b\n", "p.yaml:1:3: a key is a word, not a list"),
    ],
)
def test_what_is_no_policy_file_gets_a_clear_error_at_once(tmp_path: Path, content: bytes, expected: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_bytes(content)
    began = time.perf_counter()
    with pytest.raises(PolicyErrors) as raised:
        load(file)
    assert time.perf_counter() - began < 1
    assert any(str(error).startswith(expected) for error in raised.value.errors)


def test_a_bomb_of_aliases_is_refused_unexploded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    began = time.perf_counter()
    told = errors_of("\n".join(lines))
    assert time.perf_counter() - began < 1
    assert any("is an alias, which a policy does not use" in error for error in told)


def test_a_folder_with_a_yml_file_is_refused_so_that_no_deny_is_left_out_in_silence(tmp_path: Path) -> None:
    (tmp_path / "10.yaml").write_text(f"{BASE}rules:\n{STANDARD}")
    (tmp_path / "20-denies.yml").write_text("rules: []")
    with pytest.raises(PolicyErrors, match=r"20-denies\.yml:1:1: policy files end in \.yaml; rename this one"):
        load(tmp_path)


def test_a_key_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "10.yaml").write_text(f"{BASE}rules:\n{STANDARD}")
    (tmp_path / "20.yaml").write_text("partners:\n  contoso: {name: C, domains: [c.example]}\n")
    with pytest.raises(PolicyErrors, match=r"20\.yaml:2:3: `partners` has `contoso` already, in 10\.yaml:29:3"):
        load(tmp_path)


def test_one_unreadable_file_does_not_make_the_others_look_wrong(tmp_path: Path) -> None:
    groups, rest = BASE.split("lists:", 1)
    (tmp_path / "10.yaml").write_text(groups + "  broken")
    (tmp_path / "20.yaml").write_text("lists:" + rest)
    with pytest.raises(PolicyErrors) as raised:
        load(tmp_path)
    assert {error.file for error in raised.value.errors} == {"10.yaml"}


@pytest.mark.parametrize("make", ["nothing", "empty folder", "unreadable"])
def test_a_path_that_holds_no_policy_says_so(tmp_path: Path, make: str) -> None:
    path = tmp_path / "policies"
    if make == "empty folder":
        path.mkdir()
    if make == "unreadable":
        path.mkdir()
        (path / "x.yaml").mkdir()
    with pytest.raises(PolicyErrors, match=r"does not exist|holds no \*\.yaml file|this is no file"):
        load(path)
