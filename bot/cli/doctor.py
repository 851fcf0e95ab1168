"""`doctor`: settings, policy, database, tokens, Graph, the tenant and the channels, a line each with what to do."""

from collections.abc import Mapping

from bot.cli.checks import Check, Mark
from bot.graph.client import GraphClient
from bot.graph.preflight import preflight
from bot.store.errors import SchemaMismatch
from bot.store.store import DatabaseStore
from bot.teams.credentials import Credentials
from bot.teams.errors import CredentialsError
from policies.model import Policy

ADMIN_CHANNEL = "admins"


async def examine(*, policy: Policy, store: DatabaseStore, graph: GraphClient, credentials: Credentials) -> list[Check]:
    """All of it, in the order in which it should be mended. Changes nothing, anywhere."""
    return [
        Check(name="Policy", mark=Mark.OK, said=f"revision {policy.revision}, {len(policy.rules)} rules"),
        await _teams_token(credentials),
        *[
            Check(name=finding.name, mark=Mark(str(finding.level)), said=finding.found, advice=finding.remedy)
            for finding in await preflight(graph, partner_domains=_partner_domains(policy))
        ],
        *await _stored(store, policy),
    ]


def _partner_domains(policy: Policy) -> list[str]:
    return sorted({domain.removeprefix("*.") for domain in policy.partner_by_domain})


async def _teams_token(credentials: Credentials) -> Check:
    name = "Token to Teams"
    try:
        await credentials.fetch_header()
    except CredentialsError as failure:
        advice = "Check MicrosoftAppId, MicrosoftAppPassword (or the certificate), MicrosoftAppTenantId, BOT_LOGIN_URL."
        return Check(name=name, mark=Mark.FAIL, said=str(failure), advice=advice)
    return Check(name=name, mark=Mark.OK, said="issued")


async def _stored(store: DatabaseStore, policy: Policy) -> list[Check]:
    try:
        await store.start()
    except SchemaMismatch as failure:
        return [Check(name="Database", mark=Mark.FAIL, said=str(failure), advice="Run: python app.py migrate")]
    except Exception as failure:
        said = f"cannot be opened ({type(failure).__name__})"
        return [Check(name="Database", mark=Mark.FAIL, said=said, advice="Check DATABASE_URL.")]
    try:
        bound = await store.read(lambda tx: tx.conversations.bindings())
        paused = await store.read(lambda tx: tx.jobs.paused())
        dead = await store.read(lambda tx: tx.jobs.dead(limit=20))
        in_force = await store.read(lambda tx: tx.revisions.in_force())
        freezes = await store.read(lambda tx: tx.freezes.all())
    finally:
        await store.close()
    checks = [Check(name="Database", mark=Mark.OK, said="at this version's tables")]
    if in_force not in (None, policy.revision):
        said = f"the database has {in_force} in force, the files hold {policy.revision}"
        advice = f"`policy history` says why; `policy activate {policy.revision}` puts it in force."
        checks.append(Check(name="Policy in force", mark=Mark.WARN, said=said, advice=advice))
    checks += [
        Check(
            name=f"Frozen: {freeze.name}", mark=Mark.WARN, said=freeze.reason, advice=f"Lift it: unfreeze {freeze.name}"
        )
        for freeze in freezes
    ]
    wanted = sorted({ADMIN_CHANNEL, *(route.channel for route in policy.routes.values() if route.channel)})
    checks += [_channel(name, bound) for name in wanted]
    for kind, (until, reason) in paused.items():
        said = f"paused until {until:%Y-%m-%d %H:%M} UTC ({reason})"
        checks.append(Check(name=f"Jobs: {kind}", mark=Mark.WARN, said=said, advice="Retry a request to go on sooner."))
    if dead:
        said = f"{len(dead)} given up: " + ", ".join(sorted({f"{job.kind} ({job.last_error})" for job in dead}))
        checks.append(
            Check(name="Jobs", mark=Mark.WARN, said=said, advice="Retry them from the administrators' channel.")
        )
    return checks


def _channel(name: str, bound: Mapping[str, str]) -> Check:
    if name in bound:
        return Check(name=f"Channel {name}", mark=Mark.OK, said="bound")
    advice = f"In the Teams channel that is meant, an administrator says: approvals here {name}"
    return Check(name=f"Channel {name}", mark=Mark.FAIL, said="bound to no Teams channel", advice=advice)
