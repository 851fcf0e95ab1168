import pytest

from bot.interview.addresses import Address, parse_address
from bot.interview.draft import Problem

OWN = frozenset({"contoso.com"})


def address_in(text: str) -> Address:
    parsed = parse_address(text, own_domains=OWN)
    assert isinstance(parsed, Address), parsed
    return parsed


def problem_in(text: str) -> Problem:
    parsed = parse_address(text, own_domains=OWN)
    assert isinstance(parsed, Problem), parsed
    return parsed


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        ("ana@fabrikam.com", None),
        ("ANA@Fabrikam.COM", None),
        ("  ana@fabrikam.com. ", None),
        ("Ana Silva <ana@fabrikam.com>", "Ana Silva"),
        ('"Silva, Ana" <ana@fabrikam.com>', "Ana Silva"),
        ("Silva, Ana <ana@fabrikam.com>;", "Ana Silva"),
        ("Ana Silva (ana@fabrikam.com)", "Ana Silva"),
        ("Ana&nbsp;Silva &lt;ana@fabrikam.com&gt;", "Ana Silva"),
        ("mailto:ana@fabrikam.com", None),
        ("mailto:%20ana%40fabrikam.com?subject=Hi%20there&body=x", None),
        ("[ana@fabrikam.com](mailto:ana@fabrikam.com)", None),
        ("[Ana Silva](mailto:ana@fabrikam.com)", "Ana Silva"),
        ('<a href="mailto:ana@fabrikam.com" title="ana@fabrikam.com">ana@fabrikam.com</a>', None),
        ("ana@fabrikam.com<mailto:ana@fabrikam.com>", None),
        ("Ana Silva\nDesign Lead | Fabrikam\nana@fabrikam.com | +1 555 0100", "Ana Silva"),
        ("Email:ana@fabrikam.com", None),
        ("ana@fabrikam.com, Ana@fabrikam.com", None),
        ("\u200bana@fabrikam.com\u200b", None),
        ("\u2068ana@fabrikam.com\u2069", None),
        ("\u00a0ana@fabrikam.com\u00a0", None),
        ("（ana＠fabrikam.com）", None),
        ("ana@fabrikam。com", None),
        ("**ana@fabrikam.com**", None),
        ("'ana@fabrikam.com'", None),
        ("邀請ana@fabrikam.com使用", None),
        ("ana@fabrikam.com。謝謝", None),
        ("邀請陳大文 <ana@fabrikam.com>，謝謝", "陳大文"),
        ("Hi @Bob, please add ana@fabrikam.com", None),
    ],
)
def test_what_people_paste_is_one_address(pasted: str, name: str | None) -> None:
    found = address_in(pasted)
    assert (found.address, found.name) == ("ana@fabrikam.com", name)


@pytest.mark.parametrize(
    "text",
    [
        "ana@fabrikam.com bob@fabrikam.com",
        "ana@fabrikam.com,bob@fabrikam.com",
        "Ana <ana@fabrikam.com>; Bob <bob@fabrikam.com>",
        "mailto:ana@fabrikam.com?cc=bob@fabrikam.com",
        "mailto:ana@fabrikam.com,bob@fabrikam.com",
        "[ana@fabrikam.com](mailto:bob@fabrikam.com)",
    ],
)
def test_two_addresses_are_never_answered_for_one_only(text: str) -> None:
    problem = problem_in(text)
    assert problem.key == "problem-address-several"
    assert {problem.params["first"], problem.params["second"]} == {"ana@fabrikam.com", "bob@fabrikam.com"}


def test_a_second_address_that_is_no_good_is_still_a_second_one() -> None:
    assert problem_in("ana@fabrikam.com or bob@fabrikam").key == "problem-address-several"


@pytest.mark.parametrize(
    ("address", "characters"),
    [
        ("ana+x@fabrikam.com", "+"),
        ("o'brien@fabrikam.com", "'"),
        ("r&d@fabrikam.com", "&"),
        ("a!b#c@fabrikam.com", "! #"),
        ("ana=x@fabrikam.com", "="),
        ("ana,silva@fabrikam.com", ","),
        ("ana:silva@fabrikam.com", ":"),
        ("a(b@fabrikam.com", "("),
        ("josé@fabrikam.com", "é"),
        ("<王ana@fabrikam.com>", "王"),
    ],
)
def test_characters_that_graph_refuses_are_named_exactly(address: str, characters: str) -> None:
    problem = problem_in(address)
    assert (problem.key, problem.params["characters"]) == ("problem-address-characters", characters)
    assert problem.params["address"] == address.strip("<>")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "problem-empty"),
        ("hello there", "problem-address-none"),
        ("@", "problem-address-none"),
        ("ask @Bob", "problem-address-none"),
        ("ana@fabrikam", "problem-address-malformed"),
        ("ana @fabrikam.com", "problem-address-malformed"),
        ("a@b@fabrikam.com", "problem-address-malformed"),
        ("ana..silva@fabrikam.com", "problem-address-malformed"),
        ("ana@fabrikam.com.Please add her", "problem-address-malformed"),
        ("ana@printer.local", "problem-address-domain"),
        ("ana@fabri_kam.com", "problem-address-domain"),
        ("ana@fabrikam.c", "problem-address-domain"),
        ("ana@10.0.0.1", "problem-address-domain"),
        ("-ana@fabrikam.com", "problem-address-hyphen"),
        ("ana@contoso.com", "problem-address-own-domain"),
        ("a" * 4_001, "problem-too-long"),
    ],
)
def test_what_is_no_address_says_why(text: str, key: str) -> None:
    assert problem_in(text).key == key


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\u202e", "\u00ad", "\u2066", "\u3164"])
def test_an_invisible_character_inside_an_address_is_refused_and_named(hidden: str) -> None:
    problem = problem_in(f"an{hidden}a@fabrikam.com")
    assert problem.key == "problem-address-invisible"
    assert problem.params == {"address": "ana@fabrikam.com", "characters": f"U+{ord(hidden):04X}"}


def test_an_override_before_an_address_is_refused_too() -> None:
    assert problem_in("\u202emoc.makirbaf@ana.com").key == "problem-address-invisible"


def test_an_international_domain_is_kept_in_a_labels_and_shown() -> None:
    found = address_in("chen@公司.tw")
    assert found.address == "chen@xn--55qx5d.tw"
    assert [note.key for note in found.notes] == ["note-address-foreign-letters"]


def test_a_domain_that_mixes_scripts_is_pointed_out_with_what_it_looks_like() -> None:
    found = address_in("ana@f\u0430brikam.com")  # a Cyrillic a
    notes = {note.key: note.params for note in found.notes}
    assert notes["note-address-mixed-scripts"]["scripts"] == "Cyrillic, Latin"
    assert notes["note-address-looks-like"]["looks_like"] == "fabrikam.com"


def test_a_domain_all_in_another_script_is_pointed_out_where_it_looks_latin() -> None:
    keys = [note.key for note in address_in("ana@\u0430\u0440\u0440\u04cf\u0435.com").notes]
    assert "note-address-looks-like" in keys
    assert "note-address-mixed-scripts" not in keys


def test_a_right_to_left_domain_is_pointed_out() -> None:
    assert "note-address-right-to-left" in [note.key for note in address_in("ana@\u05d0\u05d1\u05d2.com").notes]
