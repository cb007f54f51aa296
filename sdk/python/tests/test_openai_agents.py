"""OpenAI Agents of their own package, held by gates."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

pytest.importorskip("agents", reason="pip install 'tandem[openai-agents]'")

import agents
from agents import Agent as SdkAgent
from agents import FunctionTool, ModelResponse, Runner, function_tool
from agents.models.interface import Model
from agents.usage import Usage
from conftest import ANSWER, APPROVE, REJECT, Reviewing, Server, edited, eventually
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

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
from tandem.openai_agents import (
    gated,
    needs_approval,
    run_with_approvals,
    run_with_approvals_sync,
)

pytestmark = pytest.mark.filterwarnings("default")
agents.set_tracing_disabled(True)


class Scripted(Model):
    """A model of the SDK's interface that says what it was given to say."""

    def __init__(self, *turns: Any) -> None:
        self.turns = list(turns)
        self.heard: List[Any] = []

    async def get_response(self, *args: Any, **options: Any) -> ModelResponse:
        self.heard.append(args[1] if len(args) > 1 else options["input"])
        turn = self.turns.pop(0) if self.turns else "done"
        output = [message(turn)] if isinstance(turn, str) else [call(*one) for one in turn]
        return ModelResponse(output=output, usage=Usage(), response_id=None)

    def stream_response(self, *args: Any, **options: Any) -> Any:
        raise NotImplementedError


def message(text: str) -> Any:
    part = ResponseOutputText(text=text, type="output_text", annotations=[])
    return ResponseOutputMessage(
        id="m", content=[part], role="assistant", status="completed", type="message"
    )


def call(order: str, amount: float = 80.0) -> Any:
    return ResponseFunctionToolCall(
        id=f"f-{order}",
        call_id=f"call-{order}",
        name="refund",
        arguments=json.dumps({"order": order, "amount": amount}),
        type="function_call",
    )


class Made:
    """An agent with one tool, whose runs are counted."""

    def __init__(self, *turns: Any, closed: bool = True, rule: Any = True) -> None:
        self.paid: List[Any] = []
        self.grants: List[Any] = []

        def refund(order: str, amount: float) -> str:
            """Pays back."""
            grant = current_grant()
            self.grants.append(grant and grant["grant"])
            self.paid.append((order, amount))
            if order == "breaks":
                raise ValueError("the bank is closed")
            return f"paid {amount}"

        tool = gated(refund) if closed else function_tool(refund, needs_approval=rule)
        assert isinstance(tool, FunctionTool)
        self.model = Scripted(*turns)
        self.agent = SdkAgent(name="payer", model=self.model, tools=[tool])

    def run(self, t: Tandem, key: str, **options: Any) -> Any:
        options = {"loop": "refunds", "timeout": 30, **options}
        return run_with_approvals_sync(self.agent, "pay back", t, key=key, **options)

    def told(self) -> List[str]:
        """What the model reads of its tools."""
        return [
            str(item["output"])
            for item in self.model.heard[-1]
            if item.get("type") == "function_call_output"
        ]


KINDS = pytest.mark.parametrize("closed", [True, False])


@KINDS
def test_approved_runs_as_called(t: Tandem, reviewer: Tandem, closed: bool) -> None:
    made = Made([("a-1",)], closed=closed)
    person = Reviewing(reviewer, APPROVE)
    result = made.run(t, f"o-approved-{closed}")
    (case,) = person.done()
    assert result.final_output == "done"
    assert made.paid == [("a-1", 80.0)]
    assert made.grants[0].startswith("grt_")
    assert made.told() == ["paid 80.0"]
    assert t.case(case["id"])["decision"]["gate"]["execution"] == "succeeded"  # type: ignore[index]


def test_an_edit_reaches_the_tool_and_the_model(t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-2",)])
    person = Reviewing(reviewer, edited("a-2", 12.5))
    made.run(t, "o-edited")
    person.done()
    assert made.paid == [("a-2", 12.5)]
    assert "12.5" in made.told()[0]
    assert "A person changed" in made.told()[0]


def test_an_edit_that_the_tool_cannot_take_is_not_run(t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-3",)], closed=False)
    person = Reviewing(reviewer, edited("a-3", 12.5))
    made.run(t, "o-unedited")
    (case,) = person.done()
    assert made.paid == []
    assert '"amount": 12.5' in made.told()[0]
    assert t.case(case["id"])["decision"]["delivery"] != "consumed"  # type: ignore[index]


@KINDS
def test_a_rejection_reaches_the_model_with_its_reason(
    t: Tandem, reviewer: Tandem, closed: bool
) -> None:
    made = Made([("a-4",)], closed=closed)
    person = Reviewing(reviewer, REJECT)
    made.run(t, f"o-rejected-{closed}")
    person.done()
    assert made.paid == []
    assert "not due. The order was delivered." in made.told()[0]


def test_an_answer_stands_for_the_result(t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-5",)])
    person = Reviewing(reviewer, ANSWER)
    made.run(t, "o-answered")
    person.done()
    assert (made.paid, made.told()) == ([], ["paid on Monday"])


def test_several_calls_and_turns(t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-6",), ("a-7",)], [("a-8",)])
    person = Reviewing(reviewer, APPROVE, REJECT, edited("a-8", 1.5))
    made.run(t, "o-several")
    orders = [case["input"]["order"] for case in person.done()]
    assert orders == ["a-6", "a-7", "a-8"]
    assert made.paid == [("a-6", 80.0), ("a-8", 1.5)]


@KINDS
def test_a_failure_of_the_tool_is_recorded(t: Tandem, reviewer: Tandem, closed: bool) -> None:
    made = Made([("breaks",)], closed=closed)
    person = Reviewing(reviewer, APPROVE)
    made.run(t, f"o-breaks-{closed}")
    (case,) = person.done()
    assert made.paid == [("breaks", 80.0)]
    assert "error occurred" in made.told()[0]
    assert t.case(case["id"])["decision"]["gate"]["execution"] == "failed"  # type: ignore[index]


def test_a_rule_asks_only_where_it_says_so(t: Tandem, reviewer: Tandem) -> None:
    rule = needs_approval(lambda arguments: arguments["amount"] > 20)
    made = Made([("a-9", 5.0)], [("a-10", 50.0)], closed=False, rule=rule)
    person = Reviewing(reviewer, REJECT)
    made.run(t, "o-rule")
    (case,) = person.done()
    assert case["input"]["order"] == "a-10"
    assert made.paid == [("a-9", 5.0)]

    def broken(arguments: Dict[str, Any]) -> bool:
        raise KeyError("amount")

    assert asyncio.run(needs_approval(broken)(None, {}, "c")) is True


def test_a_call_that_does_not_fit_is_told_to_the_model(t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-16", -5.0)], [("a-16b", 5.0)])
    person = Reviewing(reviewer, APPROVE)
    made.run(t, "o-unfit")
    (case,) = person.done()
    assert case["input"]["order"] == "a-16b"
    assert made.paid == [("a-16b", 5.0)]
    assert "do not fit" in made.told()[0]
    assert "/amount" in made.told()[0]


# Nothing runs without a grant


@KINDS
def test_unreachable_runs_nothing(
    server: Server, t: Tandem, reviewer: Tandem, closed: bool
) -> None:
    made = Made([("a-11",)], closed=closed)
    kept: Dict[str, str] = {}
    key = f"o-unreachable-{closed}"
    with Tandem("http://127.0.0.1:9", server.key, patience=0.3) as nobody:
        with pytest.raises(TandemUnavailable):
            made.run(nobody, key, store=kept)
    assert made.paid == []
    assert list(kept) == [key]
    person = Reviewing(reviewer, APPROVE)
    made.run(t, key, store=kept)
    person.done()
    assert made.paid == [("a-11", 80.0)]
    assert kept == {}


@KINDS
def test_halted_and_granted_to_another(
    server: Server, t: Tandem, reviewer: Tandem, closed: bool
) -> None:
    made = Made([("a-12",)], closed=closed)
    kept: Dict[str, str] = {}
    key = f"o-halted-{closed}"
    with pytest.raises(WaitTimeout) as waited:
        made.run(t, key, store=kept, timeout=0.1)
    case = t.case(waited.value.case)
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])  # type: ignore[index]
    decision = t.wait(case["id"], timeout=150)
    t.request("POST", "/v1/halt", json={"scope": "refunds", "reason": "stop"})
    with pytest.raises(Halted):
        made.run(t, key, store=kept)
    server.lift("refunds")
    eventually(lambda: t.consume(case["id"], decision["digest"], "another"))
    with pytest.raises(Conflict) as caught:
        made.run(t, key, store=kept)
    assert caught.value.code == "already_consumed"
    assert made.paid == []


def test_a_gated_tool_is_closed_from_inside(t: Tandem) -> None:
    """Whoever approves by hand opens nothing."""
    made = Made([("a-13",)])

    async def by_hand() -> Any:
        result = await Runner.run(made.agent, "pay back")
        state = result.to_state()
        for item in result.interruptions:
            state.approve(item)
        return await Runner.run(made.agent, state)

    with pytest.raises(Exception, match="without a grant"):
        asyncio.run(by_hand())
    assert made.paid == []


DIES = """
import sys
sys.path.insert(0, {tests!r})
from test_openai_agents import Made
from tandem import Tandem
Made([("a-14",)]).run(Tandem({url!r}, {key!r}), "o-dies", store={store!r}, timeout=300)
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
    of_call = lambda: [c for c in t.cases("refunds") if c["input"].get("order") == "a-14"]  # noqa: E731
    (case,) = eventually(of_call)
    died.send_signal(signal.SIGKILL)
    died.wait()
    (file,) = store.iterdir()
    assert file.stat().st_mode & 0o77 == 0
    made = Made()
    person = Reviewing(reviewer, edited("a-14", 4.5))
    result = made.run(t, "o-dies", store=str(store))
    assert [found["id"] for found in person.done()] == [case["id"]]
    assert made.paid == [("a-14", 4.5)]
    assert result.final_output == "done"
    assert list(store.iterdir()) == []


def test_awaited_and_inside_a_run(server: Server, t: Tandem, reviewer: Tandem) -> None:
    made = Made([("a-15",)])
    person = Reviewing(reviewer, APPROVE)

    async def work() -> str:
        async with AsyncTandem(server.url, server.key) as client:
            async with client.run("refunds", goal="pay back") as run:
                await run_with_approvals(
                    made.agent, "pay back", client, loop={"refund": "refunds"}, timeout=150
                )
            return run.id

    run = asyncio.run(work())
    (case,) = person.done()
    assert made.paid == [("a-15", 80.0)]
    assert t.case(case["id"])["run"] == run
    (step,) = t.request("GET", f"/v1/runs/{run}/steps")["items"]
    assert (step["name"], step["output"]) == ("refund", "paid 80.0")


def test_a_store_needs_a_key(t: Tandem) -> None:
    made = Made()
    with pytest.raises(TandemError, match="key"):
        run_with_approvals_sync(made.agent, "x", t, loop="refunds", store={})
