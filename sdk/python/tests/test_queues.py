"""What the owner of a queue does."""

from __future__ import annotations

import asyncio

import pytest
from conftest import Server

from tandem import ApiError, AsyncTandem, Conflict, Tandem


def test_a_queue_is_paused_and_cases_are_moved(server: Server, t: Tandem) -> None:
    t.loops.put(
        "desk",
        """
loop: desk
input: { text: { kind: text } }
answer: { intent: { kind: choice, options: [yes_, no_] } }
queues: { vip: {} }
""",
    )
    cases = [t.submit("desk", input={"text": str(n)}, key=f"desk-{n}") for n in range(3)]
    paused = t.queues.pause("desk", "default", reason="lunch", stop_clock=True)
    assert paused["paused"]
    assert paused["paused"]["clock"] == "stops"
    with pytest.raises(Conflict):
        t.queues.pause("desk", "default", reason="again")
    assert t.queues.resume("desk", "default", reason="back").get("paused") is None
    moved = t.queues.transfer(cases[0]["id"], "vip", reason="theirs")
    assert moved["id"] == cases[0]["id"]
    assert t.queues.reprioritise(cases[0]["id"], 9, reason="urgent")["priority"] == 9
    what = {"kind": "transfer", "queue": "vip"}
    found = t.queues.count("desk", what, queue="default")
    assert found["count"] == 2
    done = t.queues.change("desk", what, expect=2, reason="all of them", queue="default")
    assert (done["state"], done["changed"]) == ("done", 2)
    waiting = {q["queue"]: q["waiting"] for q in t.queues.list() if q["loop"] == "desk"}
    assert waiting == {"default": 0, "vip": 3}
    assert isinstance(t.queues.alerts(), list)
    assert {queue["queue"] for queue in t.queues.desk("desk")["queues"]} == {"default", "vip"}
    assert t.queues.seats() == []
    assert t.absences.list() == []
    with pytest.raises(ApiError):
        t.absences.decline("mem_00000000000000000000000000")
    with pytest.raises(ApiError):
        t.queues.release("mem_00000000000000000000000000", reason="nobody")


def test_the_async_twin(server: Server) -> None:
    async def story() -> None:
        async with AsyncTandem(server.url, server.key) as t:
            assert isinstance(await t.queues.list(), list)
            assert isinstance(await t.queues.alerts(), list)
            assert isinstance(await t.queues.seats(), list)
            assert await t.absences.list() == []

    asyncio.run(story())
