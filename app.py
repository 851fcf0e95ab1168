"""The composition root: builds everything from settings and hands it to the command line. Nothing imports it."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

import requests
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.cli.checks import Check
from bot.cli.commands import Commands, SandboxOptions, run
from bot.cli.doctor import examine
from bot.cli.failures import CommandFailed
from bot.cli.logging import log_to
from bot.cli.policy_context import PolicyCommands
from bot.cli.sandbox import Sandboxed, run_sandbox
from bot.cli.stored import Stored
from bot.cli.trail import entries_about
from bot.graph.client import GraphClient
from bot.graph.directory import GraphDirectory
from bot.graph.invitations import GraphInviter
from bot.graph.memberships import GraphMemberships
from bot.graph.redemptions import GraphRedemptions
from bot.graph.tokens import ClientCertificate, ClientSecret, GraphCredentials, GraphTokens, HttpClient, ManagedIdentity
from bot.graph.transport import Verify
from bot.policy_files.keeping import PolicyKeeper, policy_at_start
from bot.policy_files.watching import Found, PolicyWatch
from bot.settings import AppType, PolicyChanges, Settings, SettingsError, read_settings
from bot.store.errors import SchemaMismatch, StoreFailed
from bot.store.open import open_store
from bot.store.store import DatabaseStore
from bot.teams import credentials as bot_credentials
from bot.teams import routes as teams_routes
from bot.teams.adapter import TeamsAdapter
from bot.teams.admission import Admission
from bot.teams.connector import Connector, open_session
from bot.teams.credentials import BotCredentials, Credentials, NoCredentials
from bot.teams.metrics import TurnMetrics
from bot.teams.pacing import Pace
from bot.teams.postings import TeamsPostings
from bot.teams.service_urls import ServiceUrls, is_loopback
from bot.teams.signing_keys import SigningKeys
from bot.teams.token_check import TokenCheck
from bot.teams.turns import Turns
from bot.web import routes as web_routes
from bot.workflow.desk import Desk, Timings
from bot.workflow.door import Workflow
from bot.workflow.in_force import Following
from bot.workflow.lookups import Lookups
from bot.workflow.policy_alerts import tell_behind
from bot.workflow.records import StoredAuditEntry
from bot.workflow.worker import Worker
from manifest.package import PackageError, write_package
from policies.errors import PolicyErrors
from policies.loader import load
from policies.model import Policy

T = TypeVar("T")


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What differs between a tenant, the sandbox and a test: never what the product does, only how it is reached."""

    clock: Callable[[], datetime] = utc_now
    timings: Timings = Timings()
    authentication: bool = True
    """False only in the sandbox; then nothing but loopback is talked to."""
    loopback: bool = False
    """Service URLs of this machine are taken too (an emulator, a test)."""
    migrate: bool = False
    verify: Verify = True
    """The CA for Entra and Graph; True: the usual ones, or the company's that the environment names."""
    graph_identity_http: HttpClient | None = None
    """Replaces MSAL's way out for tokens to Graph."""
    teams_identity_http: HttpClient | None = None
    """The same for tokens to Teams."""
    workers: bool = True
    """False leaves the jobs to whoever runs them (a test, on its own clock)."""
    policy_notices: bool = True
    """False leaves changes of the policy files to be found by looking, as on a mounted volume."""
    pace: Pace | None = None
    """Teams' limits on posting; None: as Teams documents them."""


STORE = web.AppKey("store", DatabaseStore)
DESK = web.AppKey("desk", Desk)
WORKER = web.AppKey("worker", Worker)


def graph_client(settings: Settings, around: Surroundings) -> GraphClient:
    """Graph as the application that AZURE_* names, or else as the bot itself."""
    credential: ClientSecret | ClientCertificate | ManagedIdentity
    if settings.certificate_path is not None:
        credential = ClientCertificate(path=settings.certificate_path)
    elif settings.app_type is AppType.MANAGED_IDENTITY:
        credential = ManagedIdentity(client_id=settings.graph_client_id)
    else:
        credential = ClientSecret(secret=settings.graph_client_secret)
    identity = GraphCredentials(
        tenant_id=settings.graph_tenant_id,
        client_id=settings.graph_client_id,
        credential=credential,
        authority_host=settings.authority_host,
    )
    endpoint = settings.graph_endpoint
    tokens = GraphTokens(identity, endpoint, verify=around.verify, http_client=around.graph_identity_http)
    timeout = around.timings.effect.total_seconds()
    return GraphClient(tokens, endpoint=endpoint, timeout=timeout, verify=around.verify)


def teams_credentials(settings: Settings, around: Surroundings) -> Credentials:
    """The bot's own token to Teams."""
    if not around.authentication:
        return NoCredentials()
    if settings.app_type is AppType.MANAGED_IDENTITY:
        http = around.teams_identity_http or requests.Session()
        source = bot_credentials.managed_identity(app_id=settings.app_id, http_client=http, scope=settings.oauth_scope)
    else:
        source = bot_credentials.single_tenant(
            app_id=settings.app_id,
            tenant_id=settings.app_tenant_id,
            secret=settings.app_password if settings.certificate_path is None else None,
            certificate=settings.certificate_path,
            login_url=settings.login_url,
            scope=settings.oauth_scope,
            http_client=around.teams_identity_http,
        )
    return BotCredentials(source)


async def build_desk(
    settings: Settings, around: Surroundings, postings: TeamsPostings, stack: AsyncExitStack
) -> tuple[Desk, DatabaseStore]:
    """The ports, each with its adapter. What has to be closed is left on the stack."""
    store = open_store(settings.database_url, clock=around.clock, data_keys=settings.data_keys)
    await store.start(migrate=around.migrate)
    stack.push_async_callback(store.close)
    policy, found, in_files = await policy_at_start(store, settings.policy_path)
    client = graph_client(settings, around)
    stack.push_async_callback(client.close)
    directory = GraphDirectory(client)
    desk = Desk(
        store=store,
        directory=directory,
        lookups=Lookups(directory, around.clock, policy),
        inviter=GraphInviter(client),
        memberships=GraphMemberships(client),
        redemptions=GraphRedemptions(client),
        poster=postings,
        rosters=postings,
        clock=around.clock,
        policy=policy,
        follow=policy.follow,
        approve_changes=settings.policy_changes is PolicyChanges.APPROVED,
        admin_group=settings.admin_group,
        timings=around.timings,
    )
    await keep_policy(settings, around, PolicyKeeper(settings.policy_path, desk, policy), found, in_files, stack)
    following = Following(policy.follow, every=around.timings.follow_policy, behind=partial(tell_behind, desk))
    following.start()
    stack.push_async_callback(following.stop)
    return desk, store


async def keep_policy(
    settings: Settings,
    around: Surroundings,
    keeper: PolicyKeeper,
    found: Found,
    policy: Policy | None,
    stack: AsyncExitStack,
) -> None:
    """Takes what the policy files hold now, and from now on whatever they hold next."""
    await keeper.take(found, policy, at_start=True)
    watch = PolicyWatch(
        settings.policy_path, keeper.take, every=around.timings.look_at_policy, told=around.policy_notices
    )
    watch.start(found)
    stack.push_async_callback(watch.stop)


async def create_app(settings: Settings, around: Surroundings | None = None) -> web.Application:
    """The bot as a web application, started; its cleanup stops it. Raises what keeps it from starting."""
    around = around or Surroundings()
    async with AsyncExitStack() as building:
        session = await building.enter_async_context(open_session())
        service_urls = ServiceUrls(
            # Whoever runs against an OpenID document on this machine runs against an emulator here.
            loopback=around.loopback or is_loopback(settings.openid_metadata_url),
            only_loopback=not around.authentication,
        )
        tokens = None
        if around.authentication:
            keys = SigningKeys(metadata_url=settings.openid_metadata_url, session=session)
            keys.start()
            building.push_async_callback(keys.close)
            tokens = TokenCheck(keys=keys, app_id=settings.app_id, issuer=settings.token_issuer)
        admission = Admission(tokens=tokens, tenant_id=settings.app_tenant_id, service_urls=service_urls)
        credentials = teams_credentials(settings, around)
        connector = Connector(session=session, credentials=credentials, service_urls=service_urls)
        sandbox = not around.authentication
        postings = TeamsPostings(connector=connector, app_id=settings.app_id, sandbox=sandbox, pace=around.pace)
        desk, store = await build_desk(settings, around, postings, building)
        turns = Turns(acts=Workflow(desk), postings=postings, sandbox=sandbox)
        building.push_async_callback(turns.close)
        worker = Worker(desk)
        if around.workers:
            await worker.start()
            building.push_async_callback(worker.stop)
        app = web.Application()
        registry = CollectorRegistry()
        adapter = TeamsAdapter(connector=connector)
        metrics = TurnMetrics(registry)
        teams_routes.add_routes(app, admission=admission, adapter=adapter, bot=turns, metrics=metrics)
        web_routes.add_routes(app, registry=registry, checks={"database": store.ready})
        app[STORE], app[DESK], app[WORKER] = store, desk, worker
        running = building.pop_all()
        app.on_cleanup.append(lambda _: running.aclose())
        return app


# --- the commands ----------------------------------------------------------------------------------------------------


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as failure:
        raise CommandFailed(f"The settings are wrong:\n{failure}") from None


def _demanding(demand: Callable[[], None], what: str) -> None:
    try:
        demand()
    except SettingsError as failure:
        raise CommandFailed(f"{what} needs settings that are missing or wrong:\n{failure}") from None


def _serve() -> None:
    settings = _settings()
    _demanding(settings.demand_for_serving, "serve")
    log_to(sys.stderr)
    try:
        web.run_app(create_app(settings), host=settings.host, port=settings.port, access_log=None, print=None)
    except (PolicyErrors, SchemaMismatch, StoreFailed, ValueError) as failure:
        raise CommandFailed(str(failure)) from failure


def _sandbox(options: SandboxOptions) -> None:
    async def create(sandboxed: Sandboxed) -> web.Application:
        # Made without a look at the environment: a real tenant's settings have no place here.
        settings = Settings.model_construct(
            app_id=sandboxed.client_id,
            app_tenant_id=sandboxed.tenant_id,
            graph_tenant_id=sandboxed.tenant_id,
            graph_client_id=sandboxed.client_id,
            graph_client_secret=sandboxed.client_secret,
            graph_endpoint=sandboxed.graph_endpoint,
            authority_host=sandboxed.authority_host,
            admin_group=sandboxed.admin_group,
            database_url=sandboxed.database_url,
            data_keys=(sandboxed.data_key,),
            policy_path=sandboxed.policy_path,
        )
        around = Surroundings(
            timings=sandboxed.timings, authentication=False, migrate=True, verify=str(sandboxed.ca_file)
        )
        return await create_app(settings, around)

    run_sandbox(options, create, store_of=lambda app: app[STORE])


def _with_store(settings: Settings) -> DatabaseStore:
    _demanding(lambda: settings.demand("database_url"), "this command")
    try:
        return open_store(settings.database_url, clock=utc_now, data_keys=settings.data_keys)
    except ValueError as failure:
        raise CommandFailed(str(failure)) from None


def _audit_entries(subject: str) -> list[StoredAuditEntry]:
    store = _with_store(_settings())

    async def look() -> list[StoredAuditEntry]:
        await store.start()
        try:
            return await entries_about(store, subject)
        finally:
            await store.close()

    return _run(look())


def _verify_audit(head: tuple[int, str] | None) -> str:
    store = _with_store(_settings())

    async def look() -> str:
        await store.start()
        try:
            verdict = await store.verify_audit(head=head)
        finally:
            await store.close()
        return "" if verdict.whole else str(verdict)

    return _run(look())


def _migrate() -> str:
    store = _with_store(_settings())
    _run(store.migrate())
    return "The database has this version's tables."


def _doctor() -> list[Check]:
    settings = _settings()
    _demanding(settings.demand_for_serving, "doctor")
    policy = _policy(settings.policy_path)
    around = Surroundings()
    store = _with_store(settings)

    async def look() -> list[Check]:
        graph = graph_client(settings, around)
        try:
            credentials = teams_credentials(settings, around)
            return await examine(policy=policy, store=store, graph=graph, credentials=credentials)
        finally:
            await graph.close()

    return _run(look())


def _policy(path: Path) -> Policy:
    try:
        return load(path)
    except PolicyErrors as failure:
        raise CommandFailed(str(failure)) from None


def _policy_at(path: Path | None) -> Policy:
    return _policy(path or _settings().policy_path)


@contextmanager
def _stored() -> Iterator[Stored]:
    store = _with_store(_settings())
    try:
        with asyncio.Runner() as runner:
            runner.run(store.start())
            try:
                yield Stored(store, runner, utc_now)
            finally:
                runner.run(store.close())
    except (SchemaMismatch, StoreFailed) as failure:
        raise CommandFailed(str(failure)) from failure


def _approves_changes() -> bool:
    return _settings().policy_changes is PolicyChanges.APPROVED


def _manifest(out: Path) -> Path:
    settings = _settings()
    _demanding(lambda: settings.demand("app_id", "public_url"), "manifest")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        return write_package(out, app_id=settings.app_id, public_url=settings.public_url)
    except PackageError as failure:
        raise CommandFailed(str(failure)) from None


def _run(work: Coroutine[object, object, T]) -> T:
    try:
        return asyncio.run(work)
    except (SchemaMismatch, StoreFailed) as failure:
        raise CommandFailed(str(failure)) from failure


def main() -> int:
    """Runs the command that the command line names."""
    return run(
        Commands(
            serve=_serve,
            sandbox=_sandbox,
            audit_entries=_audit_entries,
            verify_audit=_verify_audit,
            migrate=_migrate,
            doctor=_doctor,
            manifest=_manifest,
            policy=PolicyCommands(load=_policy_at, stored=_stored, approve_changes=_approves_changes),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
