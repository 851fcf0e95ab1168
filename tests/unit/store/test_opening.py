"""Which addresses and keys open a store, and what is said of those that cannot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store.errors import StoreClosed, StoreFailed
from bot.store.open import open_store
from bot.store.postgresql import PostgresDatabase
from bot.store.sealing import Seal
from bot.store.sqlite import SqliteDatabase

KEY = "a data key of more than 32 characters"
OTHER = "another data key of more than 32 characters"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:///data/store.db", SqliteDatabase),
        ("sqlite:////var/lib/store.db", SqliteDatabase),
        ("postgresql+psycopg://bot:secret@db/access", PostgresDatabase),
        ("postgresql://bot:secret@db/access", PostgresDatabase),
    ],
)
def test_an_address_names_its_database(url: str, kind: type) -> None:
    store = open_store(url, clock=now, data_keys=[KEY])

    assert isinstance(store._database, kind)


@pytest.mark.parametrize(
    "url", ["", "store.db", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d", "postgresql://u:secret@h:port/d"]
)
def test_an_address_that_cannot_work_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL") as refusal:
        open_store(url, clock=now, data_keys=[KEY])

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("keys", [["short"], [KEY, "short"]])
def test_data_keys_that_are_too_short_are_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="DATA_KEYS") as refusal:
        open_store("sqlite:///store.db", clock=now, data_keys=keys)

    assert "short" not in str(refusal.value).replace("shorter", "")


def test_without_a_data_key_nothing_is_sealed_and_nothing_opened() -> None:
    sealed = Seal([KEY]).close("https://redeem")
    assert Seal([]).open(sealed) is None
    with pytest.raises(ValueError, match="DATA_KEYS"):
        Seal([]).close("https://redeem")


async def test_a_store_that_was_not_started_says_so() -> None:
    store = open_store("sqlite:///never.db", clock=now, data_keys=[KEY])

    with pytest.raises(StoreClosed):
        await store.read(lambda tx: None)
    await store.close()


async def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a/b/store.db", clock=now, data_keys=[KEY])

    await store.start(migrate=True)
    await store.close()

    assert (tmp_path / "a/b/store.db").exists()


def test_what_is_sealed_opens_with_any_listed_key_and_no_other() -> None:
    sealed = Seal([KEY]).close("https://login.example/redeem")

    assert Seal([OTHER, KEY]).open(sealed) == "https://login.example/redeem"
    assert Seal([OTHER]).open(sealed) is None
    assert Seal([KEY]).open("garbage") is None


def test_the_newest_key_seals() -> None:
    sealed = Seal([OTHER, KEY]).close("x")

    assert Seal([OTHER]).open(sealed) == "x"
    assert Seal([KEY]).open(sealed) is None


async def test_a_database_that_cannot_be_reached_is_told_of_by_the_name_of_its_setting() -> None:
    store = open_store("postgresql://bot:secret@127.0.0.1:1/access", clock=now, data_keys=[KEY])

    for opening in (store.start, store.migrate):
        with pytest.raises(StoreFailed, match="DATABASE_URL: the database cannot be reached") as failure:
            await opening()
        assert "secret" not in str(failure.value)
