"""When to try again: exponential back-off with full jitter, within a limit of time.

The delay before try n+1 is uniform in [0, min(cap, base·2ⁿ)] (Brooker, "Exponential Backoff and
Jitter", 2015), on top of what `Retry-After` asks for.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Callable, Optional

#: Too many requests, and what a restarting or overloaded server or its proxy says.
RETRIED_STATUS = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class RetryPolicy:
    """Shape of the back-off. Time and chance are parameters, so that tests can hold them."""

    base: float = 0.1
    cap: float = 5.0
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random

    def jitter(self, tries: int) -> float:
        """The delay after `tries` failures, `tries` ≥ 1."""
        # 2**40 is far beyond any cap and keeps the float finite.
        return self.draw() * min(self.cap, self.base * 2.0 ** min(tries, 40))


class Attempts:
    """The tries of one call, from its first failure on."""

    def __init__(self, policy: RetryPolicy, patience: float) -> None:
        self._policy = policy
        self._patience = patience
        self._first_failure: Optional[float] = None
        self._tries = 0

    def failed(self, retry_after: Optional[float] = None) -> Optional[float]:
        """Notes a failure. Seconds to sleep before the next try, or None: give up."""
        now = self._policy.clock()
        if self._first_failure is None:
            self._first_failure = now
        self._tries += 1
        delay = self._policy.jitter(self._tries) + (retry_after or 0.0)
        if now + delay - self._first_failure >= self._patience:
            return None
        return delay

    def worked(self) -> None:
        """Notes contact: the next failure is a first one again."""
        self._first_failure = None
        self._tries = 0


def parse_retry_after(value: Optional[str], now: Optional[datetime] = None) -> Optional[float]:
    """Seconds that a `Retry-After` header asks for (a number or an HTTP date), never negative."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if seconds < float("inf") else None
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - (now or datetime.now(timezone.utc))).total_seconds())
