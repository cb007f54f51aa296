"""LangGraph and LangChain agents of their own packages, held by gates."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, TypedDict

import pytest

pytest.importorskip("langchain", reason="pip install 'tandem[langgraph]'")

from conftest import ANSWER, APPROVE, REJECT, Reviewing, Server, edited, eventually
from langchain.agents import create_agent
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt

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
from tandem.langgraph import ainvoke, invoke

pytestmark = pytest.mark.filterwarnings("default")


class Model(GenericFakeChatModel):
    """LangChain's fake chat model; it says what it was given whatever tools it has."""

    def bind_tools(self, tools: Any, **options: Any) -> Any:
        return self


def calls(*orders: str, amount: float = 80.0) -> AIMessage:
    wanted = [
        {"name": "refund", "args": {"order": order, "amount": amount}, "id": f"call-{order}"}
        for order in orders
    ]
    return AIMessage("", tool_calls=wanted)


class Agent:
    """An agent with one tool, whose runs are counted."""

    def __init__(
        self, *messages: AIMessage, allowed: Optional[List[str]] = None, **options: Any
    ) -> None:
        self.paid: List[Any] = []
        self.grants: List[Any] = []

        @tool
        def refund(order: str, amount: float) -> str:
            """Pays back."""
            grant = current_grant()
            self.grants.append(grant and grant["grant"])
            self.paid.append((order, amount))
            return f"paid {amount}"

        on: Any = {"allowed_decisions": allowed} if allowed else True
        saver = options.pop("saver", None) or InMemorySaver()
        self.graph = create_agent(
            Model(messages=iter([*messages, AIMessage("done")])),
            tools=[refund],
            middleware=[HumanInTheLoopMiddleware({"refund": on}, **options)],
            checkpointer=saver,
        )

    def run(self, t: Tandem, thread: str, **options: Any) -> Dict[str, Any]:
        first = options.pop("input", {"messages": [("user", "pay back")]})
        options = {"loop": "refunds", "timeout": 30, **options}
        config = {"configurable": {"thread_id": thread}}
        return invoke(self.graph, first, t, config=config, **options)  # type: ignore[no-any-return]


def told(result: Dict[str, Any]) -> List[Any]:
    """What the model reads of the tools."""
    return [message for message in result["messages"] if isinstance(message, ToolMessage)]


MODES = pytest.mark.parametrize("mode", ["batched", "per_call"])


@MODES
def test_approved_runs_as_called(t: Tandem, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-1"), interrupt_mode=mode)
    person = Reviewing(reviewer, APPROVE)
    result = agent.run(t, f"approved-{mode}")
    (case,) = person.done()
    assert agent.paid == [("l-1", 80.0)]
    assert agent.grants[0].startswith("grt_")
    assert result["messages"][-1].content == "done"
    assert case["proposal"]["output"]["refund"]["arguments"] == {"order": "l-1", "amount": 80}
    gate = t.case(case["id"])["decision"]["gate"]  # type: ignore[index]
    assert gate["execution"] == "succeeded"


@MODES
def test_an_edit_reaches_the_tool(t: Tandem, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-2"), interrupt_mode=mode)
    person = Reviewing(reviewer, edited("l-2", 12.5))
    result = agent.run(t, f"edited-{mode}")
    person.done()
    assert agent.paid == [("l-2", 12.5)]
    # LangChain itself tells the model that the call was changed.
    assert "12.5" in told(result)[0].content


@MODES
def test_a_rejection_reaches_the_model_with_its_reason(
    t: Tandem, reviewer: Tandem, mode: str
) -> None:
    agent = Agent(calls("l-3"), interrupt_mode=mode)
    person = Reviewing(reviewer, REJECT)
    result = agent.run(t, f"rejected-{mode}")
    person.done()
    assert agent.paid == []
    (message,) = told(result)
    assert message.status == "error"
    assert "not due" in message.content
    assert "The order was delivered" in message.content


@MODES
def test_an_answer_stands_for_the_result(t: Tandem, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-4"), interrupt_mode=mode)
    person = Reviewing(reviewer, ANSWER)
    result = agent.run(t, f"answered-{mode}")
    person.done()
    assert agent.paid == []
    (message,) = told(result)
    assert (message.content, message.status) == ("paid on Monday", "success")


@MODES
def test_several_calls_are_seen_at_once_and_decided_each(
    t: Tandem, reviewer: Tandem, mode: str
) -> None:
    agent = Agent(calls("l-5", "l-6", "l-7"), calls("l-8"), interrupt_mode=mode)
    seen: List[int] = []

    def judge(case: Any, verdict: str, **more: Any) -> None:
        reviewer.judge(case["id"], verdict, seen=case["proposal"]["digest"], **more)

    def person() -> None:
        open_cases = eventually(lambda: len(found := waiting(t, "l-")) == 3 and found)
        seen.append(len(open_cases))
        by_order = {case["input"]["order"]: case for case in open_cases}
        # Decided in another order than asked.
        judge(by_order["l-7"], **dict(zip(["verdict", "answer"], edit_of("l-7", 1.0))))
        judge(by_order["l-6"], "reject", reasons=["wrong_order"])
        judge(by_order["l-5"], "approve")
        (last,) = eventually(lambda: [c for c in waiting(t, "l-") if c["input"]["order"] == "l-8"])
        judge(last, "approve")

    import threading

    thread = threading.Thread(target=person, daemon=True)
    thread.start()
    result = agent.run(t, f"several-{mode}")
    thread.join(300)
    assert seen == [3]
    assert sorted(agent.paid) == [("l-5", 80.0), ("l-7", 1.0), ("l-8", 80.0)]
    texts = {message.tool_call_id: message.content for message in told(result)}
    assert "wrong order" in texts["call-l-6"]
    assert texts["call-l-5"] == "paid 80.0"


def edit_of(order: str, amount: float) -> Any:
    verdict, more = edited(order, amount)
    return verdict, more["answer"]


def waiting(t: Tandem, prefix: str) -> List[Any]:
    return [
        case
        for case in t.cases("refunds", status="queued")
        if str(case["input"].get("order", "")).startswith(prefix)
    ]


def test_an_edit_that_the_agent_does_not_take_is_not_run(t: Tandem, reviewer: Tandem) -> None:
    agent = Agent(calls("l-9"), allowed=["approve", "reject"])
    person = Reviewing(reviewer, edited("l-9", 3.5))
    result = agent.run(t, "no-edits")
    (case,) = person.done()
    assert agent.paid == []
    assert '"amount": 3.5' in told(result)[0].content
    # The grant was left alone.
    assert t.case(case["id"])["decision"]["delivery"] != "consumed"  # type: ignore[index]


def test_a_rejection_that_the_agent_does_not_take_runs_nothing(t: Tandem, reviewer: Tandem) -> None:
    agent = Agent(calls("l-10"), allowed=["approve"])
    person = Reviewing(reviewer, REJECT)
    with pytest.raises(TandemError, match="neither"):
        agent.run(t, "no-rejects")
    person.done()
    assert agent.paid == []


# Nothing runs without a grant


@MODES
def test_unreachable_runs_nothing_and_goes_on_later(
    server: Server, t: Tandem, reviewer: Tandem, mode: str
) -> None:
    agent = Agent(calls("l-11"), interrupt_mode=mode)
    with Tandem("http://127.0.0.1:9", server.key, patience=0.3) as nobody:
        with pytest.raises(TandemUnavailable):
            agent.run(nobody, "unreachable")
        assert agent.paid == []
        # A new question does not slip past the one that waits.
        with pytest.raises(TandemError, match="waits for people"):
            agent.run(nobody, "unreachable")
    person = Reviewing(reviewer, APPROVE)
    agent.run(t, "unreachable", input=None)
    person.done()
    assert agent.paid == [("l-11", 80.0)]


@MODES
def test_halted_runs_nothing(server: Server, t: Tandem, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-12"), interrupt_mode=mode)
    with pytest.raises(WaitTimeout) as waited:
        agent.run(t, f"halted-{mode}", timeout=0.1)
    case = t.case(waited.value.case)
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])  # type: ignore[index]
    t.wait(case["id"], timeout=150)
    t.request("POST", "/v1/halt", json={"scope": "refunds", "reason": "stop"})
    with pytest.raises(Halted):
        agent.run(t, f"halted-{mode}", input=None)
    assert agent.paid == []
    server.lift("refunds")
    agent.run(t, f"halted-{mode}", input=None)
    assert agent.paid == [("l-12", 80.0)]


@MODES
def test_another_has_the_grant(t: Tandem, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-13"), interrupt_mode=mode)
    with pytest.raises(WaitTimeout) as waited:
        agent.run(t, f"other-{mode}", timeout=0.1)
    case = t.case(waited.value.case)
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])  # type: ignore[index]
    decision = t.wait(case["id"], timeout=150)
    eventually(lambda: t.consume(case["id"], decision["digest"], "another"))
    with pytest.raises(Conflict) as caught:
        agent.run(t, f"other-{mode}", input=None)
    assert caught.value.code == "already_consumed"
    assert agent.paid == []


def test_a_tool_without_a_loop_is_not_run(t: Tandem) -> None:
    agent = Agent(calls("l-14"))
    with pytest.raises(TandemError, match="no loop"):
        agent.run(t, "no-loop", loop={"other": "refunds"})
    assert agent.paid == []


DIES = """
import sqlite3, sys
sys.path.insert(0, {tests!r})
from test_langgraph import Agent, calls
from langgraph.checkpoint.sqlite import SqliteSaver
from tandem import Tandem
connection = sqlite3.connect({database!r}, check_same_thread=False)
agent = Agent(calls("l-15"), saver=SqliteSaver(connection))
agent.run(Tandem({url!r}, {key!r}), "dies", timeout=300)
raise AssertionError("it ran")
"""


def test_a_process_that_died_while_people_thought(
    server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path
) -> None:
    database = str(tmp_path / "threads.db")
    source = DIES.format(
        tests=str(Path(__file__).parent), database=database, url=server.url, key=server.key
    )
    died = subprocess.Popen([sys.executable, "-c", source])
    (case,) = eventually(lambda: waiting(t, "l-15"))
    died.send_signal(signal.SIGKILL)
    died.wait()
    with sqlite3.connect(database, check_same_thread=False) as connection:
        agent = Agent(saver=SqliteSaver(connection))
        person = Reviewing(reviewer, APPROVE)
        result = agent.run(t, "dies", input=None)
    assert [found["id"] for found in person.done()] == [case["id"]]
    assert agent.paid == [("l-15", 80.0)]
    assert result["messages"][-1].content == "done"


# Agent Inbox


class Wanted(TypedDict, total=False):
    order: str
    answer: Any
    other: Any


def inbox(*, listed: bool = True, **config: bool) -> Any:
    def ask(state: Wanted) -> Wanted:
        request = {
            "action_request": {
                "action": "refund",
                "args": {"order": state["order"], "amount": 80.0},
            },
            "config": {f"allow_{name}": value for name, value in config.items()},
            "description": "pay back",
        }
        return {"answer": interrupt([request] if listed else request)[0]}

    def other(state: Wanted) -> Wanted:
        return {"other": interrupt("which colour?")}

    graph = StateGraph(Wanted)
    graph.add_node("ask", ask)
    graph.add_node("ask_more", other)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "ask_more")
    graph.add_edge("ask_more", END)
    return graph.compile(checkpointer=InMemorySaver())


@pytest.mark.parametrize(
    ("judgment", "config", "answer"),
    [
        (
            APPROVE,
            {"accept": True},
            {"type": "accept", "args": {"action": "refund", "args": {"amount": 80}}},
        ),
        (
            edited("in", 7.5),
            {"accept": True, "edit": True},
            {"type": "edit", "args": {"action": "refund", "args": {"amount": 7.5}}},
        ),
        (REJECT, {"accept": True, "ignore": True}, {"type": "ignore", "args": None}),
        (ANSWER, {"accept": True, "respond": True}, {"type": "response", "args": "paid on Monday"}),
    ],
)
def test_agent_inbox(t: Tandem, reviewer: Tandem, judgment: Any, config: Any, answer: Any) -> None:
    order = "in"
    graph = inbox(listed=judgment is not APPROVE, **config)
    person = Reviewing(reviewer, judgment)
    place = {"configurable": {"thread_id": f"inbox-{answer['type']}"}}
    result = invoke(graph, {"order": order}, t, loop="refunds", config=place, timeout=150)
    person.done()
    if isinstance(answer["args"], dict):
        answer["args"]["args"]["order"] = order
    assert result["answer"] == answer
    # What else it asks for is left to the caller.
    assert result["__interrupt__"][0].value == "which colour?"


def test_agent_inbox_reads_why_it_was_rejected(t: Tandem, reviewer: Tandem) -> None:
    graph = inbox(accept=True, respond=True, ignore=True)
    person = Reviewing(reviewer, REJECT)
    place = {"configurable": {"thread_id": "inbox-reason"}}
    result = invoke(graph, {"order": "x"}, t, loop="refunds", config=place, timeout=150)
    person.done()
    assert result["answer"]["type"] == "response"
    assert "not due. The order was delivered." in result["answer"]["args"]


@pytest.mark.parametrize(
    ("judgment", "kind", "amount"), [(APPROVE, "accept", "80"), (edited("in", 7.5), "edit", "7.5")]
)
def test_agent_inbox_in_its_own_strings(
    t: Tandem, reviewer: Tandem, judgment: Any, kind: str, amount: str
) -> None:
    graph = inbox(accept=True, edit=True)
    person = Reviewing(reviewer, judgment)
    result = invoke(
        graph,
        {"order": "in"},
        t,
        loop="refunds",
        config={"configurable": {"thread_id": f"inbox-strings-{kind}"}},
        timeout=150,
        inbox_strings=True,
    )
    (case,) = person.done()
    called = {"action": "refund", "args": {"order": "in", "amount": amount}}
    assert result["answer"] == {"type": kind, "args": called}
    # People and the ledger have the call as it is.
    decision = t.case(case["id"])["decision"]
    assert decision["output"]["refund"]["arguments"]["amount"] == float(amount)


# The twin, and runs


@MODES
def test_awaited(server: Server, reviewer: Tandem, mode: str) -> None:
    agent = Agent(calls("l-20"), calls("l-21"), interrupt_mode=mode)
    person = Reviewing(reviewer, edited("l-20", 2.5), REJECT)

    async def work() -> Any:
        async with AsyncTandem(server.url, server.key) as t:
            return await ainvoke(
                agent.graph,
                {"messages": [("user", "pay back")]},
                t,
                loop=lambda name: "refunds",
                config={"configurable": {"thread_id": f"awaited-{mode}"}},
                timeout=150,
            )

    result = asyncio.run(work())
    person.done()
    assert agent.paid == [("l-20", 2.5)]
    assert "not due" in told(result)[1].content


def test_inside_a_run_the_calls_are_its_gates_and_steps(t: Tandem, reviewer: Tandem) -> None:
    agent = Agent(calls("l-22"))
    person = Reviewing(reviewer, APPROVE)
    with t.run("refunds", goal="pay back") as run:
        agent.run(t, "in-a-run")
        run.flush()
        (step,) = t.request("GET", f"/v1/runs/{run.id}/steps")["items"]
    (case,) = person.done()
    assert t.case(case["id"])["run"] == run.id
    assert (step["name"], step["output"]) == ("refund", "paid 80.0")
    assert agent.paid == [("l-22", 80.0)]
