"""Pydantic AI agents of their own package, held by gates."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Dict, List

import pytest

pytest.importorskip("pydantic_ai", reason="pip install 'tandem[pydantic-ai]'")

from conftest import ANSWER, APPROVE, REJECT, Reviewing, Server, edited, eventually
from pydantic import Field
from pydantic_ai import Agent, DeferredToolRequests, ModelRetry, RunContext
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel as ModelOfTests

from tandem import (
    AsyncTandem,
    Conflict,
    Halted,
    Tandem,
    TandemError,
    TandemUnavailable,
    WaitTimeout,
    current_grant,
)
from tandem.pydantic_ai import resolve, run, run_sync

pytestmark = pytest.mark.filterwarnings("default")


class Made:
    """An agent with one tool, whose runs are counted."""

    def __init__(self, *turns: Any) -> None:
        self.paid: List[Any] = []
        self.grants: List[Any] = []
        self.heard: List[Any] = []
        self.turns = list(turns)
        self.agent: Any = Agent(
            FunctionModel(self.says), output_type=[str, DeferredToolRequests], retries=0
        )

        @self.agent.tool(requires_approval=True)  # type: ignore[untyped-decorator]
        def refund(ctx: RunContext[None], order: str, amount: Annotated[float, Field(ge=1)]) -> str:
            """Pays back."""
            grant = current_grant()
            self.grants.append((grant and grant["grant"], ctx.tool_call_metadata))
            self.paid.append((order, amount))
            return f"paid {amount}"

    def says(self, messages: Any, info: Any) -> ModelResponse:
        self.heard = messages
        turn = self.turns.pop(0) if self.turns else "done"
        if isinstance(turn, str):
            return ModelResponse(parts=[TextPart(turn)])
        return ModelResponse(
            parts=[
                ToolCallPart("refund", {"order": order, "amount": 80.0}, f"call-{order}")
                for order in turn
            ]
        )

    def run(self, t: Tandem, key: str, **options: Any) -> Any:
        options = {"loop": "refunds", "timeout": 30, **options}
        return run_sync(self.agent, "pay back", t, key=key, **options)

    def told(self) -> List[str]:
        """What the model reads of its tools."""
        return [
            str(part.content)
            for message in self.heard
            for part in message.parts
            if part.part_kind in ("tool-return", "retry-prompt")
        ]


def test_approved_runs_as_called(t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-1"])
    person = Reviewing(reviewer, APPROVE)
    result = made.run(t, "p-approved")
    (case,) = person.done()
    assert result.output == "done"
    assert made.paid == [("p-1", 80.0)]
    ((grant, metadata),) = made.grants
    assert grant.startswith("grt_")
    assert metadata["tandem"] == {"grant": grant, "case": case["id"]}
    assert t.case(case["id"])["decision"]["gate"]["execution"] == "succeeded"  # type: ignore[index]


def test_an_edit_reaches_the_tool(t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-2"])
    person = Reviewing(reviewer, edited("p-2", 12.5))
    made.run(t, "p-edited")
    person.done()
    assert made.paid == [("p-2", 12.5)]
    assert made.told() == ["paid 12.5"]


def test_a_rejection_reaches_the_model_with_its_reason(t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-3"])
    person = Reviewing(reviewer, REJECT)
    made.run(t, "p-rejected")
    person.done()
    assert made.paid == []
    assert "not due. The order was delivered." in made.told()[0]


def test_an_answer_stands_for_the_result(t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-4"])
    person = Reviewing(reviewer, ANSWER)
    made.run(t, "p-answered")
    person.done()
    assert (made.paid, made.told()) == ([], ["paid on Monday"])


def test_several_calls_and_turns(t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-5", "p-6"], ["p-7"])
    person = Reviewing(reviewer, APPROVE, REJECT, edited("p-7", 1.5))
    made.run(t, "p-several")
    assert [case["input"]["order"] for case in person.done()] == ["p-5", "p-6", "p-7"]
    assert made.paid == [("p-5", 80.0), ("p-7", 1.5)]


def test_the_model_that_is_made_for_tests(t: Tandem, reviewer: Tandem) -> None:
    made = Made()
    model = ModelOfTests(call_tools=["refund"], custom_output_text="done")
    person = Reviewing(reviewer, edited("p-8", 3.0))
    with made.agent.override(model=model):
        result = made.run(t, "p-test-model")
    person.done()
    assert result.output == "done"
    assert made.paid == [("p-8", 3.0)]


# Nothing runs without a grant


def test_unreachable_runs_nothing(server: Server, t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-9"])
    kept: Dict[str, str] = {}
    with Tandem("http://127.0.0.1:9", server.key, patience=0.3) as nobody:
        with pytest.raises(TandemUnavailable):
            made.run(nobody, "p-unreachable", store=kept)
    assert made.paid == []
    person = Reviewing(reviewer, APPROVE)
    made.run(t, "p-unreachable", store=kept)
    person.done()
    assert made.paid == [("p-9", 80.0)]
    assert kept == {}


def test_halted_and_granted_to_another(server: Server, t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-10"])
    kept: Dict[str, str] = {}
    with pytest.raises(WaitTimeout) as waited:
        made.run(t, "p-halted", store=kept, timeout=0.1)
    case = t.case(waited.value.case)
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])  # type: ignore[index]
    decision = t.wait(case["id"], timeout=150)
    t.request("POST", "/v1/halt", json={"scope": "refunds", "reason": "stop"})
    with pytest.raises(Halted):
        made.run(t, "p-halted", store=kept)
    server.lift("refunds")
    eventually(lambda: t.consume(case["id"], decision["digest"], "another"))
    with pytest.raises(Conflict) as caught:
        made.run(t, "p-halted", store=kept)
    assert caught.value.code == "already_consumed"
    assert made.paid == []


DIES = """
import sys
sys.path.insert(0, {tests!r})
from test_pydantic_ai import Made
from tandem import Tandem
Made(["p-11"]).run(Tandem({url!r}, {key!r}), "p-dies", store={store!r}, timeout=300)
raise AssertionError("it ran")
"""


def test_a_process_that_died_while_people_thought(
    server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path
) -> None:
    store = tmp_path / "waiting"
    source = DIES.format(
        tests=str(Path(__file__).parent), url=server.url, key=server.key, store=str(store)
    )
    died = subprocess.Popen([sys.executable, "-c", source])
    of_call = lambda: [c for c in t.cases("refunds") if c["input"].get("order") == "p-11"]  # noqa: E731
    (case,) = eventually(of_call)
    died.send_signal(signal.SIGKILL)
    died.wait()
    made = Made()
    person = Reviewing(reviewer, APPROVE)
    result = made.run(t, "p-dies", store=store)
    assert [found["id"] for found in person.done()] == [case["id"]]
    assert made.paid == [("p-11", 80.0)]
    assert result.output == "done"
    assert list(store.iterdir()) == []


def test_a_tool_that_fails_is_recorded_as_failed(t: Tandem, reviewer: Tandem) -> None:
    agent: Any = Agent(
        FunctionModel(Made(["p-12"]).says), output_type=[str, DeferredToolRequests], retries=3
    )

    @agent.tool_plain(requires_approval=True)  # type: ignore[untyped-decorator]
    def refund(order: str, amount: float) -> str:
        raise ModelRetry("the bank is closed")

    person = Reviewing(reviewer, APPROVE)
    run_sync(agent, "pay back", t, loop="refunds", key="p-fails", timeout=150)
    (case,) = person.done()
    assert t.case(case["id"])["decision"]["gate"]["execution"] == "failed"  # type: ignore[index]


def test_resolve_between_two_runs(server: Server, reviewer: Tandem) -> None:
    made = Made(["p-13", "p-14"])
    person = Reviewing(reviewer, edited("p-13", 2.5), REJECT)

    async def work() -> Any:
        async with AsyncTandem(server.url, server.key) as t:
            first = await made.agent.run("pay back")
            results = await resolve(first.output, t, loop="refunds", key="p-resolve", timeout=150)
            return await made.agent.run(
                message_history=first.all_messages(), deferred_tool_results=results
            )

    assert asyncio.run(work()).output == "done"
    person.done()
    assert made.paid == [("p-13", 2.5)]


def test_awaited_and_inside_a_run(server: Server, t: Tandem, reviewer: Tandem) -> None:
    made = Made(["p-15"])
    person = Reviewing(reviewer, APPROVE)

    async def work() -> str:
        async with AsyncTandem(server.url, server.key) as client:
            async with client.run("refunds", goal="pay back") as supervised:
                await run(made.agent, "pay back", client, loop="refunds", timeout=150)
            return supervised.id

    ident = asyncio.run(work())
    (case,) = person.done()
    assert t.case(case["id"])["run"] == ident
    (step,) = t.request("GET", f"/v1/runs/{ident}/steps")["items"]
    assert (step["name"], step["output"]) == ("refund", "paid 80.0")


def test_a_store_needs_a_key(t: Tandem) -> None:
    with pytest.raises(TandemError, match="key"):
        run_sync(Made().agent, "x", t, loop="refunds", store={})
