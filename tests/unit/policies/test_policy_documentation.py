"""What docs/policies.md says is so: its recipes load and pass their cases, and its table of facts is the product's."""

import re
from dataclasses import replace
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from policies.invariants import check_invariants
from policies.loader import load, load_texts
from policies.model import Policy
from policies.reference import BEGIN, END, fact_table, schema
from policies.testing import run_tests, uncovered

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
FILES = sorted((ROOT / "policies" / "default").glob("*.yaml"))
DEFAULT = [(file.name, file.read_text(encoding="utf-8")) for file in FILES]
WITHOUT_TESTS = [each for each in DEFAULT if "tests" not in each[0]]
RECIPE = re.compile(r"^### (.+)\n(?:.*\n)*?```yaml\n((?:.*\n)*?)```", re.MULTILINE)
RECIPES = dict(RECIPE.findall(TEXT.partition("## Recipes")[2]))
ASKED_FOR = (
    "Embargo",
    "Consumer mail",
    "Quota",
    "Pre-approved partner",
    "Confidential with NDA number",
    "Four eyes",
    "Contractors only",
    "Separation of duties",
    "Working-hours-only auto-approval",
    "Sunset of a project",
)


def with_recipe(recipe: str) -> Policy:
    return load_texts([*WITHOUT_TESTS, ("70-recipe.yaml", recipe)])


def test_every_recipe_is_there() -> None:
    assert tuple(RECIPES) == ASKED_FOR


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_does_what_it_says(name: str) -> None:
    policy = with_recipe(RECIPES[name])
    results = run_tests(policy)
    assert results
    assert [(result.case.name, result.wrong) for result in results if result.wrong] == []
    own = {rule.id for rule in policy.rules if rule.source.file == "70-recipe.yaml"}
    assert not own & set(uncovered(policy, results))
    assert all(result.holds for result in check_invariants(policy, prove=False))


@pytest.mark.parametrize("name", RECIPES)
def test_a_case_fails_where_a_rule_of_its_recipe_is_left_out(name: str) -> None:
    policy = with_recipe(RECIPES[name])
    for rule in policy.rules:
        if rule.source.file == "70-recipe.yaml":
            without = replace(policy, rules=tuple(each for each in policy.rules if each is not rule))
            assert any(result.wrong for result in run_tests(without)), rule.id


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_adds_no_warning(name: str) -> None:
    warned = [warning for warning in with_recipe(RECIPES[name]).warnings if warning.source.file == "70-recipe.yaml"]
    assert [str(each) for each in warned if "adds nothing" not in str(each)] == []


def test_the_tutorials_rule_and_case_work_in_a_copy_of_the_default_policy() -> None:
    rule, case = re.findall(r"```yaml\n(  - (?:.*\n)*?)```", TEXT.partition("## What a policy says")[0])
    files = [
        (name, text + (rule if name.startswith("40") else "")) if "tests" not in name else (name, text)
        for name, text in DEFAULT
    ]
    files.append(("70-own.yaml", f"tests:\n{case}"))
    results = run_tests(load_texts(files))
    assert [result for result in results if result.wrong] == []
    assert results[-1].case.name == "interns invite nobody"


def test_the_table_of_facts_is_fresh() -> None:
    written = TEXT[TEXT.index(BEGIN) + len(BEGIN) : TEXT.index(END)].strip()
    assert written == fact_table(), "write it with `python app.py policy facts`"


@pytest.mark.parametrize("name", [name for name, _ in DEFAULT])
def test_the_editors_schema_takes_the_default_policy(name: str) -> None:
    jsonschema.validate(_plain(dict(DEFAULT)[name]), schema())


@pytest.mark.parametrize("name", RECIPES)
def test_the_editors_schema_takes_each_recipe(name: str) -> None:
    jsonschema.validate(_plain(RECIPES[name]), schema())


@pytest.mark.parametrize(
    "wrong",
    [
        "rule: []",
        "rules: [{id: a, when: {partner.knwon: true}, deny: {reason: No}}]",
        "rules: [{id: a, when: {partner.known: 3}, deny: {reason: No}}]",
        "rules: [{id: a, when: {partner.known: true}}]",
        "rules: [{id: a, when: {request.days: {at_lest: 3}}, deny: {reason: No}}]",
        "rules: [{id: a, when: {sponsor.user_type: Membr}, deny: {reason: No}}]",
        "questions: {a: {kind: txt, text: What}}",
        "ready_made: {quotas: {active: 3}}",
    ],
)
def test_the_editors_schema_finds_what_the_loader_would(wrong: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_plain(wrong), schema())


def test_the_default_policy_warns_of_nothing() -> None:
    assert load(ROOT / "policies" / "default").warnings == ()


def _plain(text: str) -> object:
    class Loader(yaml.SafeLoader):
        """Dates stay texts, as the product reads them."""

    Loader.yaml_implicit_resolvers = {
        first: [each for each in found if "timestamp" not in each[0]]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(text, Loader)
