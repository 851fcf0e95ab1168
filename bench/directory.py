"""The sandbox directory with the bench's people in it, a process of its own. Says where it is reached, as JSON."""

import asyncio
import sys
from pathlib import Path

import msgspec

from bench.load import person_id
from bot.sandbox.directory import SandboxDirectory
from bot.sandbox.seed import Seed, SeedPerson, northwind

PEOPLE = 64


def seed() -> Seed:
    """Northwind, and one more person for each client."""
    beginning = northwind()
    domain = beginning.tenant.domains[0]
    people = {
        f"bench-{number}": SeedPerson(
            id=person_id(number),
            name=f"Bench Person {number}",
            mail=f"bench-{number}@{domain}",
            country="United States",
        )
        for number in range(PEOPLE)
    }
    return msgspec.structs.replace(beginning, people=beginning.people | people)


async def main(folder: Path) -> None:
    addresses = await SandboxDirectory(seed(), folder=folder).start()
    print(msgspec.json.encode(addresses, enc_hook=str).decode(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
