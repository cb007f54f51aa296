"""The asyncio twin against the real server."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, List

import pytest
from conftest import Server, eventually

from tandem import AsyncTandem, GateRejected, Tandem, TandemUnavailable, WaitTimeout, current_grant

UNSURE = {"output": {"intent": "card_arrival"}, "confidence": 0.4}


async def claim_one(reviewer: AsyncTandem, loop: str) -> Any:
    for _ in range(400):
        claims = await reviewer.claim(loops=[loop])
        if claims:
            return claims[0]
        await asyncio.sleep(0.05)
    raise AssertionError("nothing to claim")


def test_many_callers_wait_at_once(server: Server, reviewer_key: str) -> None:
    async def run() -> None:
        async with AsyncTandem(server.url, server.key) as t:
            async with AsyncTandem(server.url, reviewer_key) as reviewer:
                spec = (await t.loops.get("intents"))["spec"]
                await t.loops.put("waited", {**spec, "loop": "waited"})
                waiting = [
                    asyncio.create_task(
                        t.decide("waited", input={"text": str(n)}, proposal=UNSURE, timeout=600)
                    )
                    for n in range(150)
                ]
                for _ in waiting:
                    claim = await claim_one(reviewer, "waited")
                    await reviewer.judge(claim, "approve")
                decisions = await asyncio.gather(*waiting)
        assert {decision["outcome"] for decision in decisions} == {"approved"}
        assert len({decision["id"] for decision in decisions}) == 150

    asyncio.run(run())


def test_batch_cases_export_and_events(server: Server) -> None:
    async def rows() -> AsyncIterator[Any]:
        for n in range(1500):
            yield {"input": {"text": str(n)}} if n != 700 else "{"

    async def run() -> None:
        async with AsyncTandem(server.url, server.key) as t:
            spec = (await t.loops.get("intents"))["spec"]
            await t.loops.put("async-many", {**spec, "loop": "async-many"})
            results = [result async for result in t.submit_many("async-many", rows())]
            assert [r.line for r in results if not r.ok] == [701]
            cases = [case async for case in t.cases("async-many")]
            assert len(cases) == 1499
            assert [row async for row in t.export("async-many", "decisions")] == []
            names = [summary["name"] async for summary in t.loops.list()]
            assert "async-many" in names
            seen: List[Any] = []
            async for event in t.events(loop="async-many", kind="case.submitted"):
                seen.append(event["case"])
                if len(seen) == 5:
                    break
            assert set(seen) <= {case["id"] for case in cases}
            with pytest.raises(WaitTimeout):
                await t.wait(cases[0]["id"], timeout=0.1)

    asyncio.run(run())


def test_gate(server: Server, reviewer_key: str) -> None:
    paid: List[Any] = []

    async def run() -> None:
        async with AsyncTandem(server.url, server.key) as t:
            async with AsyncTandem(server.url, reviewer_key) as reviewer:

                @t.gate("refunds", timeout=150)
                async def refund(order: str, amount: float) -> str:
                    paid.append((order, amount, current_grant() is not None))
                    return order

                call = asyncio.create_task(refund("a-1", 9.0))
                claim = await claim_one(reviewer, "refunds")
                edited = {"tool": "refund", "arguments": {"order": "a-1", "amount": 4.0}}
                answer = {"refund": edited}
                await reviewer.judge(claim, "modify", answer=answer)
                assert await call == "a-1"

                call = asyncio.create_task(refund("a-2", 9.0))
                await reviewer.judge(await claim_one(reviewer, "refunds"), "reject")
                with pytest.raises(GateRejected):
                    await call

        async with AsyncTandem("http://127.0.0.1:9", server.key, patience=0.3) as nobody:
            with pytest.raises(TandemUnavailable):
                await nobody.gate("refunds")(refund.__wrapped__)("a-3", 1.0)  # type: ignore[attr-defined]

    asyncio.run(run())
    assert paid == [("a-1", 4.0, True)]


def test_a_cancelled_caller_detaches_and_cancels_nothing(server: Server, t: Tandem) -> None:
    async def run() -> None:
        async with AsyncTandem(server.url, server.key) as client:
            waiting = asyncio.ensure_future(
                client.decide("intents", input={"text": "left"}, proposal=UNSURE, key="left")
            )
            await asyncio.to_thread(eventually, left, 60.0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    def left() -> Any:
        cases = t.cases("intents", status="queued")
        return [case for case in cases if case.get("key") == "left"]

    asyncio.run(run())
    (case,) = left()
    t.cancel(case["id"])


def test_a_gate_takes_async_functions_only() -> None:
    client = AsyncTandem("http://h", "tdm_k")

    def plain() -> None:
        raise AssertionError("it ran")

    declare: Any = client.gate("refunds")
    with pytest.raises(TypeError, match="not async"):
        declare(plain)
    asyncio.run(client.aclose())


def test_a_decision_is_contested(server: Server, reviewer_key: str) -> None:
    async def run() -> None:
        async with AsyncTandem(server.url, server.key) as t:
            async with AsyncTandem(server.url, reviewer_key) as reviewer:
                spec = (await t.loops.get("intents"))["spec"]
                await t.loops.put(
                    "async-contested", {**spec, "loop": "async-contested", "appeals": {}}
                )
                made = await t.submit("async-contested", input={"text": "no"}, proposal=UNSURE)
                claim = await claim_one(reviewer, "async-contested")
                await reviewer.judge(claim, "approve")
                await t.wait(made["id"], timeout=150)
                lodged = await t.appeal(made["id"], by="cust_1", statement="It is wrong.")
                assert lodged["decision"]["appeal"]["state"] == "open"
                back = await t.withdraw_appeal(made["id"])
                assert back["appeals"][0]["state"] == "withdrawn"

    asyncio.run(run())
