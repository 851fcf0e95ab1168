"""`policy diff`: what one revision would have said otherwise than another of all that was ever asked."""

import json
import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from bot.cli.policy_context import PolicyCommands
from bot.cli.policy_explain import plain_verdict, shown
from bot.domain.requests import Request
from policies.drawing import draw_cases
from policies.model import Policy
from policies.simulation import NEW_GRANTS, Case, Group, Simulation, Work, shown_facts


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--random", "drawn", type=click.IntRange(min=0), default=0, help="This many drawn requests more.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the drawn requests.")
@click.option("--no-stored", is_flag=True, help="Only drawn requests: needs no database.")
@click.option("--no-new-grants", is_flag=True, help="Exit 1 if anything is granted, or granted unasked, that was not.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def diff(
    commands: PolicyCommands,
    old: str,
    new: str,
    drawn: int,
    seed: int,
    no_stored: bool,
    no_new_grants: bool,
    as_json: bool,
) -> int:
    """Put every request and decision that is stored to OLD and to NEW, and say what changes.

    OLD and NEW are files, folders or revisions that were in force.
    """
    policies = commands.named(old), commands.named(new)
    simulation = Simulation(*policies)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("Putting requests to both", total=None)
        if not no_stored:
            with commands.stored() as stored:
                for request in stored.requests():
                    for case in cases_of(request):
                        simulation.add(case)
                    progress.advance(bar)
        progress.update(bar, total=simulation.stored + drawn)
        for case in draw_cases(policies, drawn, seed):
            simulation.add(case)
            progress.advance(bar)
    if as_json:
        click.echo(json.dumps(plain(simulation, *policies), ensure_ascii=False, indent=2))
    else:
        show(simulation, *policies)
    if no_new_grants and simulation.new_grants:
        click.echo(f"{simulation.new_grants} are granted that were not, which --no-new-grants forbids.", err=True)
        return 1
    return 0


def cases_of(request: Request) -> Iterator[Case]:
    """What was known when it was submitted, and at each decision."""
    yield Case(name=request.id, facts=request.facts)
    for number, decision in enumerate(request.decisions, start=1):
        yield Case(name=f"{request.id} (decision {number})", facts=decision.facts, again=True)


def show(simulation: Simulation, old: Policy, new: Policy) -> None:
    """As tables."""
    # Piped output is not folded at 80 columns: it is read by grep.
    console = Console() if sys.stdout.isatty() else Console(width=200)
    console.print(Text(f"{old.revision} → {new.revision}: {_counted(simulation)}", style="bold"))
    if simulation.groups:
        console.print(_changes(simulation.groups))
    console.print(_work(simulation.work_before, simulation.work_after))
    for name, count in sorted(simulation.not_stored.items()):
        console.print(Text(f"! {count} stored requests know nothing of {name}: it counts as unknown there."))


def _counted(simulation: Simulation) -> str:
    cases = f"{simulation.stored} stored and {simulation.drawn} drawn cases"
    return f"{cases}, of which {simulation.changed} change" if simulation.changed else f"{cases}; nothing changes"


def _changes(groups: list[Group]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("What changes", "How", "Stored", "Drawn", "Such as"):
        table.add_column(column, overflow="fold")
    for group in groups:
        style = "red" if group.kind in NEW_GRANTS else ""
        row = (group.how, str(group.stored), str(group.drawn), _examples(group))
        table.add_row(Text(group.kind.value, style=style), *(Text(cell) for cell in row))
    return table


def _examples(group: Group) -> str:
    stored = [example.case.name for example in group.examples if not example.case.drawn]
    if stored:
        return ", ".join(stored)
    facts = group.examples[0].case.facts
    told = ("guest.address", "request.packages", "request.days", "request.justification_length")
    return ", ".join(f"{name}={shown(facts.get(name))}" for name in told)


def _work(before: Work, after: Work) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Stored requests make", "Before", "After"):
        table.add_column(column, overflow="fold")
    for what, was, now in (("cards in", before.cards, after.cards), ("questions to", before.asked, after.asked)):
        for name in sorted({*was, *now}):
            table.add_row(Text(f"{what} {name}"), str(was[name]), str(now[name]))
    table.add_row(Text("cards in all"), str(before.cards.total()), str(after.cards.total()))
    return table


def plain(simulation: Simulation, old: Policy, new: Policy) -> dict[str, object]:
    """For programs."""
    return {
        "old": old.revision,
        "new": new.revision,
        "stored": simulation.stored,
        "drawn": simulation.drawn,
        "changed": simulation.changed,
        "new_grants": simulation.new_grants,
        "groups": [
            {
                "kind": group.kind.value,
                "how": group.how,
                "stored": group.stored,
                "drawn": group.drawn,
                "examples": [
                    {
                        "case": example.case.name,
                        "facts": shown_facts(example.case.facts),
                        "before": plain_verdict(example.before),
                        "after": plain_verdict(example.after),
                    }
                    for example in group.examples
                ],
            }
            for group in simulation.groups
        ],
        "cards": {"before": dict(simulation.work_before.cards), "after": dict(simulation.work_after.cards)},
        "asked": {"before": dict(simulation.work_before.asked), "after": dict(simulation.work_after.asked)},
        "not_stored": dict(simulation.not_stored),
    }
