"""`policy explain`: every rule of a policy against one request, and what would have to be otherwise."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from bot.cli.failures import CommandFailed
from bot.cli.policy_context import PolicyCommands
from bot.domain.findings import Facts, FactValue, Outcome, Verdict
from bot.domain.requests import Decision, Request
from policies.errors import PolicyErrors
from policies.evaluation import evaluate
from policies.explanation import ComparisonExplanation, RuleExplanation
from policies.explanation import explain as explain_rules
from policies.given_facts import read_facts, read_pairs
from policies.model import Policy, Source
from policies.nearest import DecidingFact, LeastChange, deciding_facts, denying_rules, least_change
from policies.simulation import way
from policies.testing import facts_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All that is said of one request under one revision."""

    about: str
    policy: Policy
    facts: Facts
    verdict: Verdict
    rules: tuple[RuleExplanation, ...]
    least: LeastChange | None
    deciding: tuple[DecidingFact, ...]


def explained(about: str, policy: Policy, facts: Facts) -> Explained:
    return Explained(
        about=about,
        policy=policy,
        facts=facts,
        verdict=evaluate(policy, facts),
        rules=explain_rules(policy, facts),
        least=least_change(policy, facts),
        deciding=deciding_facts(policy, facts),
    )


@click.command()
@click.argument("given", nargs=-1, metavar="[REQUEST | FACT=VALUE …]")
@click.option(
    "--facts", "facts_file", type=click.Path(path_type=Path, dir_okay=False), help="A YAML file of `fact: value` lines."
)
@click.option("--policy", "policy_name", help="A file, a folder or a revision; otherwise the one it was judged by.")
@click.option("--decision", type=int, help="Of a request: the facts of its first, second … decision.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def explain(
    commands: PolicyCommands,
    given: tuple[str, ...],
    facts_file: Path | None,
    policy_name: str | None,
    decision: int | None,
    as_json: bool,
) -> None:
    """Say of every rule whether and why it matched, and what the least change is that would be granted.

    For a request by its id, or for facts, such as guest.address=ana@fabrikam.com request.days=120; what is not given
    is as in the policy's test cases.
    """
    if facts_file is None and len(given) == 1 and "=" not in given[0]:
        found = _of_request(commands, given[0], policy_name, decision)
    elif decision is not None:
        raise CommandFailed("--decision goes with a request's id.")
    else:
        found = _of_facts(given, facts_file, commands.named(policy_name))
    if as_json:
        click.echo(json.dumps(plain(found), ensure_ascii=False, indent=2))
    else:
        _console().print(tree(found))


def _of_request(commands: PolicyCommands, request_id: str, policy_name: str | None, decision: int | None) -> Explained:
    with commands.stored() as stored:
        request = stored.request(request_id)
        if decision is not None and not 1 <= decision <= len(request.decisions):
            raise CommandFailed(f"{request.id} has {len(request.decisions)} decisions.")
        judged: Request | Decision = request if decision is None else request.decisions[decision - 1]
        then = judged.verdict.revision
        policy = stored.policy(then) if policy_name is None else commands.named(policy_name)
    if policy is None:
        raise CommandFailed(f"Revision {then}, which {request.id} was judged by, was not kept; name one by --policy.")
    when = "as it was submitted" if decision is None else f"at decision {decision}"
    return explained(f"{request.id} {when}", policy, judged.facts)


def _of_facts(given: tuple[str, ...], facts_file: Path | None, policy: Policy) -> Explained:
    if facts_file is None and not given:
        raise CommandFailed("Give a request's id, facts such as guest.address=ana@fabrikam.com, or --facts FILE.")
    try:
        told: dict[str, FactValue] = {}
        if facts_file is not None:
            told |= read_facts(policy, facts_file.read_text(encoding="utf-8"), facts_file.name)
        told |= read_pairs(policy, given)
    except PolicyErrors as failure:
        raise CommandFailed(str(failure)) from None
    except (OSError, UnicodeDecodeError) as failure:
        raise CommandFailed(f"{facts_file} cannot be read: {failure}") from None
    return explained("the facts given, and what is usual", policy, facts_of_case(policy, told))


# --- as a tree -------------------------------------------------------------------------------------------------------


def tree(found: Explained) -> Tree:
    """All of it, to read in a terminal."""
    root = Tree(Text(f"{_outcome(found)}: {found.about}, under revision {found.policy.revision}", style="bold"))
    for rule in found.rules:
        _add_rule(root, rule)
    if found.least is not None:
        branch = root.add(Text("The least change that is granted", style="bold"))
        branch.add(Text(f"{change_in_words(found.least)}: {_granted(found.policy, found.least.verdict, found.facts)}"))
    elif found.verdict.outcome is Outcome.DENIED:
        root.add(Text("Asking for less is no help.", style="bold"))
    if found.deciding:
        branch = root.add(Text("Single facts that would turn it round", style="bold"))
        for fact in found.deciding:
            branch.add(Text(_deciding(found.policy, fact, found.facts)))
    return root


def _outcome(found: Explained) -> str:
    verdict = found.verdict
    if verdict.route is None:
        return f"Denied by {', '.join(denying_rules(verdict))}"
    return f"Granted by {way(found.policy, verdict, found.facts)}"


def _granted(policy: Policy, verdict: Verdict, facts: Facts) -> str:
    if verdict.route is None:
        return f"denied by {', '.join(denying_rules(verdict))}"
    return f"granted by {way(policy, verdict, facts)}"


def _add_rule(root: Tree, rule: RuleExplanation) -> None:
    mark, style = ("✓", "green") if rule.applies else ("~", "yellow") if rule.near_miss else ("·", "dim")
    if rule.applies and rule.effect == "deny":
        mark, style = "✗", "red"
    package = f" for {rule.package}" if rule.package else ""
    said = {True: "matched", False: "not matched", None: "not known"}[rule.matched]
    if rule.near_miss:
        said = "near miss"
    if rule.shadow:
        said += ", in shadow mode"
    branch = root.add(
        Text.assemble((f"{mark} ", style), (rule.rule, "bold"), f" {rule.effect}{package}: {said}  ", _at(rule.source))
    )
    for unmet in rule.unmet:
        branch.add(Text(_unmet(unmet.max_days, unmet.justification, unmet.rule.id, rule.rule)))
    for comparison in rule.because:
        if not rule.near_miss:
            branch.add(_comparison(comparison))


def _unmet(max_days: int | None, justification: int | None, by: str, rule: str) -> str:
    through = f" (by {by})" if by != rule else ""
    limit = f"at most {max_days} days" if max_days is not None else f"a justification of {justification} characters"
    return f"it would need {limit}{through}"


def _comparison(comparison: ComparisonExplanation) -> Text:
    verb = {True: "as expected", False: "expected", None: "not known; expected"}[comparison.held]
    text = f"{comparison.fact} is {shown(comparison.actual)}, {verb} {comparison.expected}  "
    return Text.assemble(text, _at(comparison.source))


def _at(source: Source | None) -> tuple[str, str]:
    return (f"{source.file}:{source.line}" if source and source.line else "", "dim")


def change_in_words(least: LeastChange) -> str:
    """What to ask for instead."""
    parts = []
    if least.dropped:
        parts.append(f"leave out {', '.join(least.dropped)}")
    if least.days is not None:
        parts.append(f"ask for {least.days} days")
    if least.justification is not None:
        parts.append(f"explain in at least {least.justification} characters")
    words = " and ".join(parts)
    return words[:1].upper() + words[1:]


def _deciding(policy: Policy, fact: DecidingFact, facts: Facts) -> str:
    others = ", ".join(f"{name} {shown(value)}" for name, value in fact.with_it.items() if facts.get(name) != value)
    beside = f" (and with it {others})" if others else ""
    outcome = _granted(policy, fact.verdict, facts)
    return f"{fact.fact}: {shown(fact.actual)} → {shown(fact.value)}{beside}: {outcome}"


def shown(value: FactValue) -> str:
    """A fact's value as a policy file writes it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value) if value != "" else '""'


def _console() -> Console:
    # Piped output is not folded at 80 columns: it is read by grep.
    return Console() if sys.stdout.isatty() else Console(width=200)


# --- as JSON ---------------------------------------------------------------------------------------------------------


def plain(found: Explained) -> dict[str, object]:
    """All of it, for programs."""
    return {
        "about": found.about,
        "revision": found.policy.revision,
        "facts": dict(found.facts),
        "verdict": plain_verdict(found.verdict),
        "rules": [_plain_rule(rule) for rule in found.rules],
        "least_change": _plain_change(found.least),
        "deciding_facts": [
            {
                "fact": fact.fact,
                "actual": fact.actual,
                "value": fact.value,
                "with_it": dict(fact.with_it),
                "verdict": plain_verdict(fact.verdict),
            }
            for fact in found.deciding
        ],
    }


def plain_verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "outcome": str(verdict.outcome),
        "route": verdict.route.key if verdict.route else None,
        "max_days": verdict.limits.max_days,
        "justification": verdict.limits.justification,
        "questions": list(verdict.questions),
        "findings": [
            {
                "rule": finding.rule,
                "effect": str(finding.effect),
                "package": finding.package,
                "reason": _words(finding.reason),
                "remedy": _words(finding.remedy) if finding.remedy else None,
            }
            for finding in verdict.findings
        ],
    }


def _words(text: Mapping[str, str]) -> str:
    return text.get("en") or text.get("", "")


def _plain_change(least: LeastChange | None) -> dict[str, object] | None:
    if least is None:
        return None
    return {
        "in_words": change_in_words(least),
        "days": least.days,
        "justification": least.justification,
        "packages": list(least.packages) if least.packages is not None else None,
        "verdict": plain_verdict(least.verdict),
    }


def _plain_rule(rule: RuleExplanation) -> dict[str, object]:
    return {
        "rule": rule.rule,
        "effect": str(rule.effect),
        "package": rule.package,
        "matched": rule.matched,
        "applies": rule.applies,
        "near_miss": rule.near_miss,
        "shadow": rule.shadow,
        "at": _place(rule.source),
        "because": [
            {
                "fact": each.fact,
                "expected": each.expected,
                "actual": each.actual,
                "held": each.held,
                "at": _place(each.source),
            }
            for each in rule.because
        ],
        "unmet": [
            {"rule": each.rule.id, "max_days": each.max_days, "justification": each.justification}
            for each in rule.unmet
        ],
    }


def _place(source: Source | None) -> str | None:
    return f"{source.file}:{source.line}:{source.column}" if source else None
