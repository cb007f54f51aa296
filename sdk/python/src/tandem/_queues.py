"""Queues, for whoever owns them: what waits, pausing, moving, freeing seats, alerts."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, cast

from ._cases import segment
from ._flow import Call, get, post
from ._types import Alert, Bulk, Case, Desk, Queue, Seats

if TYPE_CHECKING:
    from ._async_client import AsyncTandem
    from ._client import Tandem

# Seconds between two looks at a change under way.
PAUSE = 0.2


def pause(loop: str, queue: str, reason: str, stop_clock: bool) -> Call:
    """Lets a queue hand out nothing."""
    clock = "stops" if stop_clock else "runs"
    body = {"loop": loop, "queue": queue, "clock": clock, "reason": reason}
    return post("/v1/queues/pause", body)


def resume(loop: str, queue: str, reason: str) -> Call:
    """Lets a queue hand out claims again."""
    return post("/v1/queues/resume", {"loop": loop, "queue": queue, "reason": reason})


def transfer(case: str, queue: str, reason: str) -> Call:
    """Puts one case into another queue."""
    return post(f"/v1/cases/{segment(case)}/transfer", {"queue": queue, "reason": reason})


def reprioritise(case: str, priority: int, reason: str) -> Call:
    """Changes the priority of one case."""
    return post(f"/v1/cases/{segment(case)}/priority", {"priority": priority, "reason": reason})


def release(member: str, reason: str, loop: Optional[str]) -> Call:
    """Frees what a person holds."""
    body: Dict[str, Any] = {"member": member, "reason": reason}
    if loop is not None:
        body["loop"] = loop
    return post("/v1/queues/release", body)


def count(loop: str, change: Mapping[str, Any], where: Mapping[str, Any]) -> Call:
    """Counts what a change would be about."""
    body = {"loop": loop, "change": dict(change), "filter": dict(where), "dry_run": True}
    return post("/v1/queues/bulk", body)


def change(
    loop: str, what: Mapping[str, Any], where: Mapping[str, Any], expect: int, reason: str
) -> Call:
    """Changes as many cases as were counted."""
    body = {"loop": loop, "change": dict(what), "filter": dict(where)}
    return post("/v1/queues/bulk", {**body, "expect": expect, "reason": reason})


def progress(bulk: Bulk) -> Call:
    """How far a change is."""
    return get(f"/v1/queues/bulk/{segment(str(bulk['id']))}")


class Queues:
    """What waits for people, and what their owner does about it."""

    def __init__(self, client: Tandem) -> None:
        self._client = client

    def list(self) -> List[Queue]:
        """Every queue one may see: what waits, since when, and when it will be empty."""
        return cast(List[Queue], self._client._json(get("/v1/queues"))["items"])

    def alerts(self) -> List[Alert]:
        """What somebody should look at; what stands comes first."""
        return cast(List[Alert], self._client._json(get("/v1/alerts"))["items"])

    def desk(self, loop: str) -> Desk:
        """How a loop's desk does: its queues against what people can look at, and its alerts."""
        return cast(Desk, self._client._json(get(f"/v1/loops/{segment(loop)}/stats")))

    def seats(self) -> List[Seats]:
        """Who holds seats, by name, in the loops where one may free them."""
        return cast(List[Seats], self._client._json(get("/v1/queues/seats"))["items"])

    def pause(self, loop: str, queue: str, *, reason: str, stop_clock: bool = False) -> Queue:
        """Lets a queue hand out nothing. With `stop_clock` the time does not count to deadlines."""
        return cast(Queue, self._client._json(pause(loop, queue, reason, stop_clock)))

    def resume(self, loop: str, queue: str, *, reason: str) -> Queue:
        """Lets a queue hand out claims again."""
        return cast(Queue, self._client._json(resume(loop, queue, reason)))

    def transfer(self, case: str, queue: str, *, reason: str) -> Case:
        """Puts one case into another queue."""
        return cast(Case, self._client._json(transfer(case, queue, reason)))

    def reprioritise(self, case: str, priority: int, *, reason: str) -> Case:
        """Changes the priority of one case: 0 to 9, 9 first."""
        return cast(Case, self._client._json(reprioritise(case, priority, reason)))

    def release(self, member: str, *, reason: str, loop: Optional[str] = None) -> int:
        """Frees the seats that a member holds; returns how many."""
        return int(self._client._json(release(member, reason, loop))["released"])

    def count(self, loop: str, change: Mapping[str, Any], **where: Any) -> Bulk:
        """Counts what `change`, as in `{"kind": "transfer", "queue": "vip"}`, would be about."""
        return cast(Bulk, self._client._json(count(loop, change, where)))

    def change(
        self, loop: str, what: Mapping[str, Any], *, expect: int, reason: str, **where: Any
    ) -> Bulk:
        """Changes as many cases as were counted, and waits until it is done."""
        bulk = cast(Bulk, self._client._json(change(loop, what, where, expect, reason)))
        while bulk["state"] == "running":
            time.sleep(PAUSE)
            bulk = cast(Bulk, self._client._json(progress(bulk)))
        return bulk


class AsyncQueues:
    """What waits for people, and what their owner does about it."""

    def __init__(self, client: AsyncTandem) -> None:
        self._client = client

    async def list(self) -> List[Queue]:
        """Every queue one may see: what waits, since when, and when it will be empty."""
        return cast(List[Queue], (await self._client._json(get("/v1/queues")))["items"])

    async def alerts(self) -> List[Alert]:
        """What somebody should look at; what stands comes first."""
        return cast(List[Alert], (await self._client._json(get("/v1/alerts")))["items"])

    async def desk(self, loop: str) -> Desk:
        """How a loop's desk does: its queues against what people can look at, and its alerts."""
        return cast(Desk, await self._client._json(get(f"/v1/loops/{segment(loop)}/stats")))

    async def seats(self) -> List[Seats]:
        """Who holds seats, by name, in the loops where one may free them."""
        return cast(List[Seats], (await self._client._json(get("/v1/queues/seats")))["items"])

    async def pause(
        self, loop: str, queue: str, *, reason: str, stop_clock: bool = False
    ) -> Queue:
        """Lets a queue hand out nothing. With `stop_clock` the time does not count to deadlines."""
        return cast(Queue, await self._client._json(pause(loop, queue, reason, stop_clock)))

    async def resume(self, loop: str, queue: str, *, reason: str) -> Queue:
        """Lets a queue hand out claims again."""
        return cast(Queue, await self._client._json(resume(loop, queue, reason)))

    async def transfer(self, case: str, queue: str, *, reason: str) -> Case:
        """Puts one case into another queue."""
        return cast(Case, await self._client._json(transfer(case, queue, reason)))

    async def reprioritise(self, case: str, priority: int, *, reason: str) -> Case:
        """Changes the priority of one case: 0 to 9, 9 first."""
        return cast(Case, await self._client._json(reprioritise(case, priority, reason)))

    async def release(self, member: str, *, reason: str, loop: Optional[str] = None) -> int:
        """Frees the seats that a member holds; returns how many."""
        return int((await self._client._json(release(member, reason, loop)))["released"])

    async def count(self, loop: str, change: Mapping[str, Any], **where: Any) -> Bulk:
        """Counts what `change`, as in `{"kind": "transfer", "queue": "vip"}`, would be about."""
        return cast(Bulk, await self._client._json(count(loop, change, where)))

    async def change(
        self, loop: str, what: Mapping[str, Any], *, expect: int, reason: str, **where: Any
    ) -> Bulk:
        """Changes as many cases as were counted, and waits until it is done."""
        call = change(loop, what, where, expect, reason)
        bulk = cast(Bulk, await self._client._json(call))
        while bulk["state"] == "running":
            await asyncio.sleep(PAUSE)
            bulk = cast(Bulk, await self._client._json(progress(bulk)))
        return bulk
