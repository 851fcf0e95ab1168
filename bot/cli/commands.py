"""The command line: `python app.py COMMAND`. What the commands do is handed in by the composition root."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli import policy_commands
from bot.cli.checks import Check, Mark
from bot.cli.failures import CommandFailed
from bot.cli.policy_context import PolicyCommands
from bot.workflow.records import StoredAuditEntry

_SYMBOL = {Mark.OK: ("✓", "green"), Mark.WARN: ("!", "yellow"), Mark.FAIL: ("✗", "red")}


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How the sandbox is to run. Port 0 takes any free one."""

    port: int
    directory_port: int
    sponsor_port: int
    approver_port: int
    playground: bool
    folder: Path
    policy: Path | None = None
    """The policy file or folder; None: the default policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What the commands do; each raises CommandFailed."""

    serve: Callable[[], None]
    sandbox: Callable[[SandboxOptions], None]
    audit_entries: Callable[[str], Sequence[StoredAuditEntry]]
    verify_audit: Callable[[tuple[int, str] | None], str]
    migrate: Callable[[], str]
    doctor: Callable[[], Sequence[Check]]
    manifest: Callable[[Path], Path]
    policy: PolicyCommands


def run(commands: Commands, arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status: 0, 1 where something was found wrong, 2 where it could not run."""
    try:
        result = _group.main(args=arguments, prog_name="app.py", standalone_mode=False, obj=commands)
        return result if isinstance(result, int) else 0
    except CommandFailed as failure:
        click.echo(str(failure), err=True)
        return 2
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as failure:
        failure.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def _group() -> None:
    """Partner Access: a Teams bot that gives external partners access to a company's resources."""


@_group.command()
@click.pass_obj
def serve(commands: Commands) -> None:
    """Serve the bot to Teams. Refuses to start without authentication."""
    commands.serve()


@_group.command()
@click.option("--no-playground", is_flag=True, help="Start without Microsoft's local Teams clients.")
@click.option("--port", default=3978, show_default=True, help="Where the bot listens, on loopback.")
@click.option("--directory-port", default=3979, show_default=True, help="Where the sandbox directory listens.")
@click.option("--sponsor-port", default=56150, show_default=True, help="The sponsor's client.")
@click.option("--approver-port", default=56160, show_default=True, help="The approver's client.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".data/sandbox"),
    show_default=True,
    help="Where the sandbox keeps its database.",
)
@click.option(
    "--policy",
    "policy_path",
    type=click.Path(path_type=Path, exists=True),
    help="Another policy than the default one: a file or folder.",
)
@click.pass_obj
def sandbox(
    commands: Commands,
    no_playground: bool,
    port: int,
    directory_port: int,
    sponsor_port: int,
    approver_port: int,
    folder: Path,
    policy_path: Path | None,
) -> None:
    """Try the bot on this machine: no tenant, no Azure, nothing leaves loopback."""
    commands.sandbox(
        SandboxOptions(
            port=port,
            directory_port=directory_port,
            sponsor_port=sponsor_port,
            approver_port=approver_port,
            playground=not no_playground,
            folder=folder,
            policy=policy_path,
        )
    )


@_group.command()
@click.argument("subject")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--head", help="With `verify`: N:HASH from the log, to find a cut or rewritten trail too.")
@click.pass_obj
def audit(commands: Commands, subject: str, as_json: bool, head: str | None) -> int:
    """Show every step about SUBJECT, a request's or assignment's id or a guest's address.

    `audit verify` checks the whole trail instead.
    """
    if subject == "verify":
        return _verify(commands, head)
    entries = commands.audit_entries(subject)
    if not entries:
        raise CommandFailed(f"Nothing is recorded about {subject}.")
    if as_json:
        for entry in entries:
            click.echo(json.dumps(_plain(entry), ensure_ascii=False))
    else:
        _console().print(_table(entries))
    return 0


def _verify(commands: Commands, head: str | None) -> int:
    sequence, _, digest = (head or "").partition(":")
    if head is not None and not (sequence.isdigit() and digest):
        raise CommandFailed("--head is N:HASH, as the log has it (audit_head).")
    broken = commands.verify_audit((int(sequence), digest) if head else None)
    click.echo(broken or "The audit trail is whole.")
    return 1 if broken else 0


@_group.command()
@click.pass_obj
def migrate(commands: Commands) -> None:
    """Bring the database to this version's tables."""
    click.echo(commands.migrate())


@_group.command()
@click.pass_obj
def doctor(commands: Commands) -> int:
    """Check settings, database, tokens, permissions, the tenant and channels; say what to do."""
    checks = commands.doctor()
    console = _console()
    for check in checks:
        symbol, colour = _SYMBOL[check.mark]
        console.print(Text.assemble((f"{symbol} ", colour), (check.name, "bold"), f": {check.said}"))
        if check.advice:
            console.print(Text(f"    {check.advice}"))
    return 1 if any(check.mark is Mark.FAIL for check in checks) else 0


@_group.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("build/partner-access.zip"),
    show_default=True,
    help="Where to write the package.",
)
@click.pass_obj
def manifest(commands: Commands, out: Path) -> None:
    """Write the Teams app package that an administrator uploads."""
    click.echo(f"Wrote {commands.manifest(out)}. Upload it in the Teams admin center, under Manage apps.")


_group.add_command(policy_commands.policy)


def _console() -> Console:
    # Piped output is not folded at 80 columns: it is read by grep.
    return Console() if sys.stdout.isatty() else Console(width=200)


def _table(entries: Sequence[StoredAuditEntry]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("#", "When (UTC)", "What", "Who", "About", "Policy", "Details"):
        table.add_column(column, overflow="fold")
    for stored in entries:
        entry = stored.entry
        texts = stored.texts if stored.texts is not None else {"personal text": "erased"}
        details = "; ".join(f"{key}={value}" for key, value in {**entry.details, **texts}.items() if value)
        when = entry.at.strftime("%Y-%m-%d %H:%M:%S")
        row = (str(stored.sequence), when, str(entry.act), entry.actor, entry.subject, entry.revision, details)
        table.add_row(*(Text(cell) for cell in row))
    return table


def _plain(stored: StoredAuditEntry) -> dict[str, object]:
    entry = stored.entry
    return {
        "sequence": stored.sequence,
        "at": entry.at.isoformat(),
        "act": str(entry.act),
        "actor": entry.actor,
        "subject": entry.subject,
        "revision": entry.revision,
        "details": dict(entry.details),
        "texts": dict(stored.texts) if stored.texts is not None else None,
        "hash": stored.hash,
    }
