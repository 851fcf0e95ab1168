"""The client against a server that misbehaves in ways the sandbox does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web

from bot.graph.client import GraphClient, literal, segment
from bot.graph.errors import Call
from bot.graph.shapes import Named
from bot.graph.tokens import ClientSecret, GraphCredentials, GraphTokens
from bot.workflow.errors import GraphError

Handler = Callable[[web.Request], web.StreamResponse]


class FixedTokens(GraphTokens):
    """Tokens by number, each new after one was forgotten."""

    def __init__(self) -> None:
        credentials = GraphCredentials(tenant_id="t", client_id="c", credential=ClientSecret(secret="s"))
        super().__init__(credentials, "https://graph.example.org")
        self.number = 1

    def token(self) -> str:
        return f"token-{self.number}"

    def forget(self, token: str) -> None:
        self.number += 1


@dataclass
class Server:
    url: str = ""
    answers: list[Handler] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        await request.read()
        await self.open.wait()
        return self.answers.pop(0)(request) if len(self.answers) > 1 else self.answers[0](request)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    made.open.set()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[GraphClient]:
    made = GraphClient(FixedTokens(), endpoint=server.url, threads=4, timeout=2.0)
    yield made
    await made.close()


def says(body: object, *, status: int = 200) -> Handler:
    return lambda _: web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def breaks_off(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def test_calls_carry_a_token_and_an_id_of_their_own(server: Server, client: GraphClient) -> None:
    server.answers = [says({"id": "1"})]
    await client.get("/users/1", Named)
    await client.get("/users/1", Named)
    assert [each.headers["Authorization"] for each in server.requests] == ["Bearer token-1"] * 2
    assert len({each.headers["client-request-id"] for each in server.requests}) == 2


async def test_a_netrc_entry_does_not_replace_the_token(
    server: Server, client: GraphClient, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client._session.trust_env = True
    server.answers = [says({"id": "1"})]
    await client.get("/users/1", Named)
    assert server.requests[0].headers["Authorization"] == "Bearer token-1"


async def test_a_next_link_to_another_host_gets_no_token(server: Server, client: GraphClient) -> None:
    elsewhere = "http://127.0.0.2:1/v1.0/users?$skiptoken=x"
    server.answers = [says({"value": [{"id": "1"}], "@odata.nextLink": elsewhere})]
    with pytest.raises(GraphError) as raised:
        await client.pages("/users", Named)
    assert raised.value.code == "graph-unexpected-answer"
    assert len(server.requests) == 1


async def test_pages_are_followed_to_the_end(server: Server, client: GraphClient) -> None:
    server.answers = [
        says({"value": [{"id": "1"}], "@odata.nextLink": f"{server.url}/v1.0/users?$skiptoken=x"}),
        says({"value": []}),
    ]
    items, more = await client.pages("/users", Named, params={"$select": "id"})
    assert ([item.id for item in items], more) == (["1"], False)
    assert dict(server.requests[1].query) == {"$skiptoken": "x"}


async def test_pages_without_end_end_at_the_deadline(server: Server, client: GraphClient) -> None:
    server.answers = [says({"value": [], "@odata.nextLink": f"{server.url}/v1.0/users?again"})]
    with pytest.raises(GraphError) as raised:
        await client.pages("/users", Named, deadline=0.15)
    assert raised.value.code == "graph-timeout"


async def test_a_redirect_is_not_followed(server: Server, client: GraphClient) -> None:
    server.answers = [lambda _: web.Response(status=302, headers={"Location": "http://127.0.0.2:1/"})]
    with pytest.raises(GraphError) as raised:
        await client.get("/users/1", Named)
    assert raised.value.code == "graph-unexpected-answer"


async def test_a_401_is_tried_once_more_with_another_token(server: Server, client: GraphClient) -> None:
    refusal = {"error": {"code": "InvalidAuthenticationToken", "message": "no"}}
    server.answers = [says(refusal, status=401), says({}, status=201)]
    await client.write("POST", "/invitations", {}, call=Call.INVITE)
    assert [each.headers["Authorization"] for each in server.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_401_that_stays_is_an_error(server: Server, client: GraphClient) -> None:
    server.answers = [says({"error": {"code": "InvalidAuthenticationToken", "message": "no"}}, status=401)]
    with pytest.raises(GraphError) as raised:
        await client.write("POST", "/invitations", {}, call=Call.INVITE)
    assert (raised.value.code, raised.value.retryable) == ("graph-unauthorized", False)
    assert len(server.requests) == 2


async def test_a_read_whose_connection_breaks_is_asked_once_more(server: Server, client: GraphClient) -> None:
    server.answers = [breaks_off, says({"id": "1"})]
    assert (await client.get("/users/1", Named)).id == "1"


async def test_a_read_whose_connection_keeps_breaking_is_an_error(server: Server, client: GraphClient) -> None:
    server.answers = [breaks_off]
    with pytest.raises(GraphError) as raised:
        await client.get("/users/1", Named)
    assert (raised.value.code, raised.value.unknown_outcome) == ("graph-connection-lost", False)
    assert len(server.requests) == 2


async def test_a_write_whose_connection_breaks_is_sent_once(server: Server, client: GraphClient) -> None:
    server.answers = [breaks_off]
    with pytest.raises(GraphError) as raised:
        await client.write("POST", "/invitations", {}, call=Call.INVITE)
    assert (raised.value.code, raised.value.unknown_outcome) == ("graph-connection-lost", True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": 1}', b'{"name": "x"}'])
async def test_an_answer_of_another_shape_is_an_error(server: Server, client: GraphClient, body: bytes) -> None:
    server.answers = [lambda _: web.Response(body=body)]
    with pytest.raises(GraphError) as raised:
        await client.get("/users/1", Named)
    assert raised.value.code == "graph-unexpected-answer"


async def test_an_odd_answer_to_a_write_leaves_its_outcome_unknown(server: Server, client: GraphClient) -> None:
    server.answers = [lambda _: web.Response(body=b"<html>", status=201)]
    with pytest.raises(GraphError) as raised:
        await client.post("/invitations", {}, Named, call=Call.INVITE)
    assert raised.value.unknown_outcome


@pytest.mark.parametrize("body", [b"", b"<html>Service unavailable</html>", b'{"error": "x"}', b"\xff"])
async def test_an_error_without_graphs_shape_is_still_understood(
    server: Server, client: GraphClient, body: bytes
) -> None:
    server.answers = [lambda _: web.Response(body=body, status=503)]
    with pytest.raises(GraphError) as raised:
        await client.get("/users/1", Named)
    assert (raised.value.code, raised.value.status) == ("graph-unavailable", 503)


async def test_a_call_that_waits_for_a_thread_past_its_deadline_never_runs(server: Server) -> None:
    server.answers = [says({"id": "1"})]
    server.open.clear()
    client = GraphClient(FixedTokens(), endpoint=server.url, threads=1)
    first = asyncio.create_task(client.get("/users/1", Named))
    while not server.requests:
        await asyncio.sleep(0.005)
    with pytest.raises(GraphError) as raised:
        await client.get("/users/2", Named, deadline=0.05)
    assert raised.value.code == "graph-timeout"
    server.open.set()
    assert (await first).id == "1"
    await client.in_thread(lambda: None)
    assert [each.path for each in server.requests] == ["/v1.0/users/1"]
    await client.close()


@pytest.mark.parametrize(
    "endpoint",
    ["http://graph.microsoft.com", "graph.microsoft.com", "https://", "ftp://127.0.0.1", "https://u:p@graph.example"],
)
def test_a_token_never_goes_out_in_the_clear(endpoint: str) -> None:
    with pytest.raises(ValueError, match="GRAPH_ENDPOINT"):
        GraphClient(FixedTokens(), endpoint=endpoint)


async def test_a_national_cloud_is_an_endpoint() -> None:
    client = GraphClient(FixedTokens(), endpoint="https://graph.microsoft.us/")
    assert client.endpoint == "https://graph.microsoft.us"
    await client.close()


def test_a_literal_doubles_its_apostrophes() -> None:
    assert literal("o'brien@contoso.com") == "'o''brien@contoso.com'"


@pytest.mark.parametrize(("text", "path"), [("a b", "a%20b"), ("../x", "..%2Fx"), ("x?y#z", "x%3Fy%23z")])
def test_a_path_segment_stays_one_segment(text: str, path: str) -> None:
    assert segment(text) == path


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_path_segment_that_would_walk_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path segment"):
        segment(text)
