"""Keeping what we post by ourselves under Teams' limits, per conversation and in all."""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

PER_CONVERSATION = ((7, 1.0), (8, 2.0), (60, 30.0))
"""(sends, in seconds), https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit; 1,800 an hour is
met by its being a queue of jobs: Teams answers 429 and the jobs wait."""
IN_ALL = ((50, 1.0),)
MOST_CONVERSATIONS = 10_000


class Pace:
    """When the next post may go out. Answers to people in their turns are not paced: a person cannot type so fast."""

    def __init__(self, *, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._all: deque[float] = deque(maxlen=IN_ALL[-1][0])
        self._conversations: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, conversation_id: str) -> timedelta | None:
        """None: post now, it is counted. Else how long to wait; nothing is counted then."""
        now = self._now()
        sent = self._conversations.get(conversation_id)
        if sent is None:
            sent = self._conversations[conversation_id] = deque(maxlen=PER_CONVERSATION[-1][0])
            if len(self._conversations) > MOST_CONVERSATIONS:
                self._conversations.popitem(last=False)
        else:
            self._conversations.move_to_end(conversation_id)
        wait = max(_wait(sent, PER_CONVERSATION, now), _wait(self._all, IN_ALL, now))
        if wait > 0:
            return timedelta(seconds=wait)
        sent.append(now)
        self._all.append(now)
        return None


def _wait(sent: deque[float], limits: tuple[tuple[int, float], ...], now: float) -> float:
    return max((sent[-most] + window - now for most, window in limits if len(sent) >= most), default=0.0)
