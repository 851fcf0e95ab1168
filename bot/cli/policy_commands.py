"""The commands about the policy: `python app.py policy …`."""

import json
from pathlib import Path

import click

from bot.cli.policy_context import PolicyCommands
from bot.cli.policy_diff import diff
from bot.cli.policy_explain import explain
from bot.cli.policy_revisions import activate, history, show
from policies.invariants import InvariantResult, as_case, check_invariants
from policies.model import Policy, Source
from policies.mutation import survivors
from policies.reference import fact_table, schema
from policies.testing import run_tests, uncovered

_POLICY_PATH = click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))


@click.group()
@click.pass_context
def policy(context: click.Context) -> None:
    """Work with the policy files."""
    context.obj = context.obj.policy


policy.add_command(explain)
policy.add_command(diff)
policy.add_command(history)
policy.add_command(show)
policy.add_command(activate)


@policy.command("check")
@_POLICY_PATH
@click.pass_obj
def check(commands: PolicyCommands, path: Path | None) -> None:
    """Read the policy files and say what is wrong with them, all at once."""
    found = commands.load(path)
    click.echo(
        f"Revision {found.revision}: {len(found.packages)} access packages, {len(found.routes)} routes, "
        f"{len(found.rules)} rules, {len(found.partners)} partners."
    )
    for warning in found.warnings:
        click.echo(f"warning: {warning}")
        if warning.text.strip():
            click.echo(f"    {warning.text.strip()}")


@policy.command("schema")
def print_schema() -> None:
    """Write the JSON Schema of policy files, for an editor's completion and checks."""
    click.echo(json.dumps(schema(), indent=2))


@policy.command("facts")
def facts() -> None:
    """Write the table of facts and comparison words that docs/policies.md holds."""
    click.echo(fact_table())


@policy.command("test")
@_POLICY_PATH
@click.option("--mutate", is_flag=True, help="Break each rule and name those whose breaking no case notices.")
@click.option("--no-prove", is_flag=True, help="Search for what breaks an invariant, though z3 is installed.")
@click.pass_obj
def test(commands: PolicyCommands, path: Path | None, mutate: bool, no_prove: bool) -> int:
    """Run the policy's own test cases and check its invariants; exit 1 if anything fails."""
    found = commands.load(path)
    results = run_tests(found)
    failed = [result for result in results if result.wrong]
    for result in results:
        click.echo(f"{'✗' if result.wrong else '✓'} {result.case.name}")
        for wrong in result.wrong:
            click.echo(f"    {_place(result.case.source)}: {wrong}")
    left = uncovered(found, results)
    click.echo(f"{len(results) - len(failed)} of {len(results)} cases pass.", nl=False)
    click.echo(f" {len(found.enforced) - len(left)} of {len(found.enforced)} rules fire in one.")
    for rule in left:
        click.echo(f"! no case makes `{rule}` fire")
    broken = [_tell_invariant(found, result) for result in check_invariants(found, prove=not no_prove)]
    unnoticed = _mutate(found) if mutate and not failed else 0
    return 1 if failed or not all(broken) or unnoticed else 0


def _tell_invariant(found: Policy, result: InvariantResult) -> bool:
    name = result.invariant.name
    if result.counterexample is not None:
        click.echo(f"✗ {name}: {_place(result.invariant.source)}: this would be granted")
        click.echo(as_case(found, name, result.counterexample), nl=False)
    elif result.unfinished:
        click.echo(f"✗ {name}: there is too much to search; install the extra [prove]")
    else:
        how = "proved" if result.proved else "no counterexample at any boundary; the extra [prove] proves it"
        click.echo(f"✓ {name} ({how})")
    return result.holds


def _mutate(found: Policy) -> int:
    """Names the breaks that no case notices; how many there are."""
    unnoticed = survivors(found)
    for each in unnoticed:
        click.echo(f"✗ `{each.rule}` {each.how}: no case notices")
    if not unnoticed:
        click.echo("Every break of every rule is noticed by a case.")
    return len(unnoticed)


def _place(source: Source) -> str:
    return f"{source.file}:{source.line}"
