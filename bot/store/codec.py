"""How values are written into columns: times as microseconds since 1970 UTC, records as JSON text."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

R = TypeVar("R")


def micros(moment: datetime) -> int:
    """The column value of a time. Raises TypeError for one without a time zone."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(value: int) -> datetime:
    """The time of a column value, aware, UTC."""
    return _EPOCH + timedelta(microseconds=value)


def span(duration: timedelta) -> int:
    """A duration in microseconds."""
    return (duration.days * 86_400 + duration.seconds) * 1_000_000 + duration.microseconds


class Body(Generic[R]):
    """Encodes one kind of record as JSON text, field by field, and reads it back."""

    def __init__(self, record: type[R]) -> None:
        self._decoder = msgspec.json.Decoder(record)

    def encode(self, record: R) -> str:
        return _ENCODER.encode(record).decode()

    def decode(self, text: str) -> R:
        return self._decoder.decode(text)


_ENCODER = msgspec.json.Encoder()
_CANONICAL = msgspec.json.Encoder(order="sorted")
_TEXTS = msgspec.json.Decoder(dict[str, str])


def texts_to_json(texts: Mapping[str, str]) -> str:
    """A mapping of texts in one form only (keys sorted), so that equal mappings are equal text."""
    return _CANONICAL.encode(dict(texts)).decode()


def texts_from_json(text: str) -> dict[str, str]:
    return _TEXTS.decode(text)


def canonical(value: object) -> bytes:
    """JSON in one form only: what a hash is taken of."""
    return _CANONICAL.encode(value)
