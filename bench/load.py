"""The load, a process of its own: clients that each send the next message when the last one is answered."""

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bench.wire import Client, connect

APP_ACCOUNT = "28:20000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to send. A client says each of `texts` in turn, over and over; `first` once before anything is measured."""

    port: int
    token: str
    service_url: str
    clients: int
    first: list[str]
    texts: list[str]
    warm_up: float
    """Seconds."""
    measure: float
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    turns: int
    answered: int
    """All turns that were answered, before and after those that are measured too."""
    failed: int
    seconds: float
    p50: float
    """Milliseconds."""
    p99: float
    first_failure: str


class Load:
    """All clients of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._headers = f"Authorization: Bearer {plan.token}\r\n".encode()
        self._latencies: list[float] = []
        self._answered = 0
        self._failed = 0
        self._first_failure = ""
        self._measuring = False
        self._stop = False
        self._messages = 0
        self._epoch = int(time.time() * 1000)

    async def run(self) -> Measured:
        plan = self._plan
        clients = [await connect(plan.port) for _ in range(plan.clients)]
        await asyncio.gather(*(self._say_first(number, client) for number, client in enumerate(clients)))
        talks = [asyncio.create_task(self._talk(number, client)) for number, client in enumerate(clients)]
        await asyncio.sleep(plan.warm_up)
        print("measuring", flush=True)
        self._measuring = True
        began = time.perf_counter()
        await asyncio.sleep(plan.measure)
        self._measuring = False
        seconds = time.perf_counter() - began
        print("measured", flush=True)
        self._stop = True
        await asyncio.gather(*talks)
        for client in clients:
            client.close()
        ordered = sorted(self._latencies) or [0.0]
        return Measured(
            turns=len(self._latencies),
            answered=self._answered,
            failed=self._failed,
            seconds=seconds,
            p50=ordered[len(ordered) // 2] * 1000,
            p99=ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1000,
            first_failure=self._first_failure,
        )

    async def _say_first(self, number: int, client: Client) -> None:
        for text in self._plan.first:
            status, body = await client.post("/api/messages", self._headers, self._activity(number, text))
            if status >= 300:
                raise SystemExit(f"{text!r} was answered {status}: {body[:300]!r}")

    async def _talk(self, number: int, client: Client) -> None:
        texts = self._plan.texts
        said = 0
        while not self._stop:
            body = self._activity(number, texts[said % len(texts)])
            said += 1
            began = time.perf_counter()
            status, answer = await client.post("/api/messages", self._headers, body)
            if status >= 300:
                self._failed += 1
                self._first_failure = self._first_failure or f"{status}: {answer[:300]!r}"
                continue
            self._answered += 1
            if self._measuring:
                self._latencies.append(time.perf_counter() - began)

    def _activity(self, number: int, text: str) -> bytes:
        self._messages += 1
        # Each message is another one, with a time of its own: a bot that drops repeats must not drop these.
        stamp = self._epoch + self._messages
        now = datetime.fromtimestamp(stamp / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        person = {
            "id": f"29:bench-{number}",
            "name": f"Bench Person {number}",
            "aadObjectId": person_id(number),
        }
        return json.dumps(
            {
                "type": "message",
                "id": str(stamp),
                "timestamp": now,
                "localTimestamp": now,
                "localTimezone": "UTC",
                "serviceUrl": self._plan.service_url,
                "channelId": "msteams",
                "from": person,
                "conversation": {
                    "conversationType": "personal",
                    "tenantId": "10000000-0000-4000-8000-000000000000",
                    "id": f"a:bench-{number}",
                },
                "recipient": {"id": APP_ACCOUNT, "name": "Partner Access"},
                "textFormat": "plain",
                "locale": "en-US",
                "text": text,
                "entities": [
                    {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "UTC"}
                ],
                "channelData": {"tenant": {"id": "10000000-0000-4000-8000-000000000000"}},
            }
        ).encode()


def person_id(number: int) -> str:
    """Object id of the person behind a client."""
    return f"a0000000-0000-4000-9000-{number:012d}"


if __name__ == "__main__":
    measured = asyncio.run(Load(Plan(**json.loads(sys.stdin.read()))).run())
    print(json.dumps(asdict(measured)), flush=True)
