"""Deciding without the server, where a loop's user allows it, and telling the server afterwards."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, Deque, Dict, Mapping, Optional, Tuple, cast

from . import _batch, _cases
from ._config import Settings
from ._errors import TandemError, TandemUnavailable
from ._flow import Flow
from ._types import Decision

log = logging.getLogger("tandem")

#: Most answers kept for a server that stays away; the oldest go first.
KEPT = 100_000


class Fallbacks:
    """Answers given without the server, until it has been told. Safe between threads."""

    def __init__(self) -> None:
        self._waiting: Deque[Tuple[str, Dict[str, Any]]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def use(self, loop: str, body: Mapping[str, Any], output: Mapping[str, Any]) -> Decision:
        """Notes that `output` was used, and makes a decision of it."""
        at = _cases.timestamp(datetime.now(timezone.utc))
        row = {
            **body,
            "tags": [*body.get("tags", []), "fallback"],
            "decision": {"output": dict(output)},
            "at": at,
        }
        if len(self._waiting) == KEPT:
            log.error("more than %d answers wait for the server; the oldest is lost", KEPT)
        self._waiting.append((loop, row))
        decision: Dict[str, Any] = {
            "id": "",
            "output": dict(output),
            "outcome": "labelled",
            "by": "fallback",
            "rule": "fallback",
            "judgments": [],
            "changes": [],
            "reason_codes": [],
            "model": None,
            "loop_version": 0,
            "decided_at": at,
            "effective_at": at,
            "state": "effective",
            "delivery": "delivered",
            "digest": "",
        }
        return cast(Decision, decision)

    def record(self, settings: Settings) -> Flow[int]:
        """Tells the server: each answer becomes a case of imported history with the tag
        `fallback`, or, where the case had arrived after all, nothing. How many were told."""
        if not self._lock.acquire(blocking=False):
            return 0
        told = 0
        try:
            while self._waiting:
                loop, row = self._waiting.popleft()
                cutter = _batch.Cutter()
                cutter.add(row)
                try:
                    results = yield from _batch.send(settings, loop, cutter.rest())
                except BaseException:
                    self._waiting.appendleft((loop, row))
                    raise
                told += 1
                for result in results:
                    if result.error is not None:
                        log.error("a fallback in %s was not recorded: %s", loop, result.error)
        finally:
            self._lock.release()
        return told

    def record_quietly(self, settings: Settings) -> Flow[None]:
        """As `record`, at the side of another call: what fails is tried again later."""
        try:
            yield from self.record(replace(settings, patience=0.0))
        except TandemError as error:
            log.warning("%d fallbacks wait to be recorded: %s", len(self), error)


def decide(
    settings: Settings,
    fallbacks: Fallbacks,
    loop: str,
    body: Dict[str, Any],
    timeout: Optional[float],
    fallback: Optional[Mapping[str, Any]],
) -> Flow[Decision]:
    """Hands a case in and waits for its decision; `fallback` answers where the server cannot be
    reached to hand it in."""
    if fallback is not None:
        # The same key later: a case whose acknowledgement was lost is not stored twice.
        body.setdefault("key", str(uuid.uuid4()))
    began = settings.retry.clock()
    try:
        case = yield from _cases.submit(settings, loop, body)
    except TandemUnavailable:
        if fallback is None:
            raise
        return fallbacks.use(loop, body, fallback)
    decision = _cases.finished(case)
    if decision is None:
        spent = settings.retry.clock() - began
        left = None if timeout is None else max(0.0, timeout - spent)
        decision = yield from _cases.wait(settings, case["id"], left)
    return decision
