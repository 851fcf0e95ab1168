"""The commands about the policy: `python app.py policy …`.

Each gets the policy that it works on from the composition root, which alone knows the settings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from policies.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCommands:
    """What the commands need of the settings; each raises CommandFailed.

    `load`: the policy in this file or folder, or, with None, where POLICY_PATH says.
    """

    load: Callable[[Path | None], Policy]


_POLICY_PATH = click.argument("path", required=False, type=click.Path(path_type=Path, exists=True))


@click.group()
@click.pass_context
def policy(context: click.Context) -> None:
    """Work with the policy files."""
    context.obj = context.obj.policy


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
