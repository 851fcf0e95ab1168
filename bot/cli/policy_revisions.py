"""`policy history`, `policy show` and `policy activate`: the revisions that the database keeps."""

import click

from bot.cli.policy_context import PolicyCommands
from bot.workflow.records import PolicyRevision, RevisionState

_WORDS = {
    RevisionState.ACCEPTED: "superseded",
    RevisionState.WAITING: "waits for a second administrator",
    RevisionState.REJECTED: "rejected",
    RevisionState.REPLACED: "replaced while it waited",
}


@click.command("history")
@click.option("--limit", default=20, show_default=True, help="How many, the newest first.")
@click.pass_obj
def history(commands: PolicyCommands, limit: int) -> None:
    """List the policy revisions there were: when, what became of each, whose, which grants came and went."""
    with commands.stored() as stored:
        in_force, kept = stored.revisions()
    for revision in kept[: max(0, limit)]:
        click.echo(_line(revision, in_force))
    if len(kept) > limit:
        click.echo(f"and {len(kept) - limit} more")


def _line(kept: PolicyRevision, in_force: str | None) -> str:
    state = "in force" if kept.revision == in_force else _WORDS[kept.state]
    parts = [f"{kept.revision}  {kept.at:%Y-%m-%d %H:%M} UTC  {state}"]
    if kept.by is not None:
        parts.append(f"by {kept.by.name}")
    if kept.origin.commit:
        parts.append(f"commit {kept.origin.commit[:12]} of {kept.origin.author}")
    parts += [f"+{rule}" for rule in kept.grants_added]
    parts += [f"-{rule}" for rule in kept.grants_removed]
    return "  ".join(parts)


@click.command("show")
@click.argument("revision")
@click.pass_obj
def show(commands: PolicyCommands, revision: str) -> None:
    """Print the text of a REVISION (its hash, or as much of it as is unmistakable), file by file."""
    with commands.stored() as stored:
        kept = stored.revision(revision)
    for name, text in kept.files:
        click.echo(f"# {name}")
        click.echo(text.rstrip())


@click.command("activate")
@click.argument("revision")
@click.pass_obj
def activate(commands: PolicyCommands, revision: str) -> None:
    """Put a REVISION that there was in force again, in every replica.

    With POLICY_CHANGES=approved, one that may grant anything that is not granted now waits for an administrator.
    """
    with commands.stored() as stored:
        done = stored.activate(revision, approve_changes=commands.approve_changes())
    kept = done.revision
    for change in done.changes:
        click.echo(f"{change}{' (may grant something new)' if change.may_grant else ''}")
    if kept.state is RevisionState.WAITING:
        click.echo(f"Revision {kept.revision} may grant something new: it waits in the administrators' channel.")
    else:
        click.echo(f"Revision {kept.revision} is in force; every replica follows within seconds.")
