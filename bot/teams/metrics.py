"""Figures on turns, for whoever runs the bot."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_KINDS = ("message", "invoke", "installationUpdate", "conversationUpdate")


class TurnMetrics:
    """Counts turns by kind of activity, with their duration, and calls that were not let in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        seconds = Histogram(
            "partner_access_turn_seconds",
            "Duration of turns",
            ["kind"],
            registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10),
        )
        # Kinds are named beforehand: a caller's own words make no new time series.
        self._seconds = {kind: seconds.labels(kind) for kind in _KINDS}
        self._other = seconds.labels("other")
        self._refused = Counter("partner_access_refused_calls", "Calls not let in", ["status"], registry=registry)

    def turned(self, kind: str, seconds: float) -> None:
        self._seconds.get(kind, self._other).observe(seconds)

    def refused(self, status: int) -> None:
        self._refused.labels(str(status)).inc()
