"""Gates: the function runs only with a consumed grant, with what was granted."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from conftest import Server, eventually

from tandem import (
    ApiError,
    CaseCancelled,
    Conflict,
    GateAnswered,
    GateRejected,
    Halted,
    Tandem,
    TandemError,
    TandemUnavailable,
    WaitTimeout,
    current_grant,
)
from tandem._gate import Arguments

Paid = List[Tuple[str, Any, Optional[str]]]


def gated(t: Tandem, paid: Paid, **options: Any) -> Any:
    @t.gate("refunds", timeout=150, **options)
    def refund(order: str, amount: float = 5.0) -> str:
        """Pays back."""
        grant = current_grant()
        paid.append((order, amount, grant["grant"] if grant else None))
        return f"paid {amount}"

    return refund


def judged(reviewer: Tandem, verdict: str, **judgment: Any) -> threading.Thread:
    """A person who judges the next call in the background."""

    def work() -> None:
        (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
        reviewer.judge(claim, verdict, **judgment)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def outcome_of(t: Tandem, kind: str) -> List[Any]:
    return [case for case in t.cases("refunds") if case["status"] == kind]


def test_approved_runs_with_the_arguments_as_called(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    refund = gated(t, paid)
    person = judged(reviewer, "approve")
    assert refund("o-1", amount=80.0) == "paid 80.0"
    person.join()
    ((order, amount, grant),) = paid
    assert (order, amount, type(amount)) == ("o-1", 80.0, float)
    assert grant
    assert current_grant() is None
    assert (refund.__name__, refund.__doc__) == ("refund", "Pays back.")


def test_edited_runs_with_the_edited_arguments(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    answer = {"refund": {"tool": "refund", "arguments": {"order": "o-2", "amount": 12.5}}}
    person = judged(reviewer, "modify", answer=answer)
    assert gated(t, paid)("o-2", 80.0) == "paid 12.5"
    person.join()
    assert [(order, amount) for order, amount, _ in paid] == [("o-2", 12.5)]


def test_rejected_does_not_run(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    person = judged(reviewer, "reject", reasons=["not_due"])
    with pytest.raises(GateRejected) as caught:
        gated(t, paid)("o-3", 80.0)
    person.join()
    assert caught.value.decision["outcome"] == "rejected"
    assert caught.value.decision["reason_codes"] == ["not_due"]
    assert paid == []


def test_cancelled_and_timed_out_do_not_run(t: Tandem) -> None:
    paid: Paid = []
    refund = gated(t, paid).as_call("cancelled", run="run-1")
    caught: List[BaseException] = []

    def call() -> None:
        try:
            refund("o-4", 1.0)
        except TandemError as error:
            caught.append(error)

    caller = threading.Thread(target=call)
    caller.start()
    queued = lambda: [c for c in t.cases("refunds") if c.get("key") == "run-1/cancelled"]  # noqa: E731
    (case,) = eventually(queued)
    assert case["run"] == "run-1"
    t.cancel(case["id"])
    caller.join(300)
    assert isinstance(caught[0], CaseCancelled)

    @t.gate("refunds", tool="refund", timeout=0.2)
    def late(order: str, amount: float) -> None:
        paid.append((order, amount, None))

    with pytest.raises(WaitTimeout) as timed_out:
        late("o-5", 1.0)
    t.cancel(timed_out.value.case)
    assert paid == []


def test_one_call_is_executed_once(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    refund = gated(t, paid).as_call("call-1", run="run-2")
    person = judged(reviewer, "approve")
    refund("o-6", 1.0)
    person.join()
    with pytest.raises(Conflict) as caught:
        refund("o-6", 1.0)
    assert caught.value.code == "already_consumed"
    with pytest.raises(Conflict) as other:
        refund("o-6", 2.0)
    assert other.value.code == "key_conflict"
    assert len(paid) == 1


def test_a_halt_keeps_the_gate_shut(server: Server, t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    refund = gated(t, paid).as_call("halted")
    case = t.submit(
        "refunds",
        input={"order": "o-7"},
        proposal={
            "output": {"refund": {"tool": "refund", "arguments": {"order": "o-7", "amount": 1.0}}}
        },
        key="halted",
    )
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])
    t.wait(case["id"], timeout=150)
    t.request("POST", "/v1/halt", json={"scope": "refunds", "reason": "stop"})
    with pytest.raises(Halted):
        refund("o-7", 1.0)
    # A person lifts it, not a machine's key.
    owner_key = server.member_key([{"loop": "*", "role": "orchestrator"}])
    with server.client(owner_key) as owner:
        owner.request("POST", "/v1/resume", json={"scope": "refunds", "reason": "go"})
    assert paid == []
    assert refund("o-7", 1.0) == "paid 1.0"


def test_unreachable_never_runs(server: Server) -> None:
    paid: Paid = []
    nobody = Tandem("http://127.0.0.1:9", server.key, patience=0.5)
    with nobody, pytest.raises(TandemUnavailable):
        gated(nobody, paid)("o-8", 1.0)
    assert paid == []


def test_unreachable_while_waiting_never_runs(own_server: Server) -> None:
    paid: Paid = []
    errors: List[BaseException] = []
    with own_server.client(outage=1.0) as t:
        refund = gated(t, paid)

        def call() -> None:
            try:
                refund("o-9", 1.0)
            except TandemError as error:
                errors.append(error)

        caller = threading.Thread(target=call)
        caller.start()
        eventually(lambda: outcome_of(t, "queued"))
        own_server.kill()
        caller.join(300)
    assert isinstance(errors[0], TandemUnavailable)
    assert paid == []


def test_what_the_function_raises_comes_through(t: Tandem, reviewer: Tandem) -> None:
    @t.gate("refunds", tool="refund", timeout=60, tags=["broken"])
    def broken(order: str, amount: float) -> None:
        raise KeyError(order)

    person = judged(reviewer, "approve")
    with pytest.raises(KeyError, match="o-10"):
        broken("o-10", 1.0)
    person.join()


def test_arguments_the_loop_does_not_take_are_refused(t: Tandem) -> None:
    @t.gate("refunds", tool="refund")
    def other(order: str) -> None:
        raise AssertionError("it ran")

    with pytest.raises(TandemError, match="amount"):
        other("o-11")


def test_answered_in_place_of_the_call(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    person = judged(reviewer, "answer", answer={"refund": {"respond": "paid on Monday"}})
    with pytest.raises(GateAnswered) as caught:
        gated(t, paid)("o-12", 80.0)
    person.join()
    assert caught.value.answer == "paid on Monday"
    assert paid == []


def test_changes_are_made_by_the_agent_and_approved_then(t: Tandem, reviewer: Tandem) -> None:
    paid: Paid = []
    notes: List[str] = []

    def revise(note: str, arguments: Dict[str, Any]) -> Dict[str, Any]:
        notes.append(note)
        return {**arguments, "amount": 40.0}

    def work() -> None:
        (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
        reviewer.judge(claim, "request_changes", comment="only half is due")
        (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
        reviewer.judge(claim, "approve")

    person = threading.Thread(target=work)
    person.start()
    assert gated(t, paid, revise=revise)("o-13", 80.0) == "paid 40.0"
    person.join()
    assert notes == ["only half is due"]


def test_a_process_that_died_while_waiting_is_taken_up_again(
    server: Server, t: Tandem, reviewer: Tandem
) -> None:
    """kill -9 of the agent while a person thinks; the next one with the same call id gets it."""
    source = f"""
from tandem import Tandem
t = Tandem({server.url!r}, {server.key!r})
@t.gate("refunds")
def refund(order: str, amount: float):
    raise AssertionError("it ran")
refund.as_call("call-9", run="run-9")("o-14", 3.0)
"""
    agent = subprocess.Popen([sys.executable, "-c", source])
    queued = lambda: [c for c in t.cases("refunds") if c.get("key") == "run-9/call-9"]  # noqa: E731
    eventually(queued)
    agent.send_signal(signal.SIGKILL)
    agent.wait()
    paid: Paid = []
    person = judged(reviewer, "approve")
    refund = gated(t, paid).as_call("call-9", run="run-9")
    assert refund("o-14", 3.0) == "paid 3.0"
    person.join()
    (case,) = queued()
    assert case["decision"]["gate"]["execution"] == "succeeded"
    with pytest.raises(Conflict) as twice:
        refund("o-14", 3.0)
    assert twice.value.code == "already_consumed"
    assert len(paid) == 1


def test_a_call_of_an_unknown_tool_is_refused_where_it_is(t: Tandem) -> None:
    @t.gate("refunds", tool="refnud")
    def slip(order: str, amount: float) -> None:
        raise AssertionError("it ran")

    with pytest.raises(ApiError) as caught:
        slip("o-15", 1.0)
    assert caught.value.path == "/proposal/output/refund/tool"
    assert "refund" in str(caught.value)


def test_signatures() -> None:
    def function(a: Any, /, b: Any, *, c: Any = 3, **rest: Any) -> Dict[str, Any]:
        return {"a": a, "b": b, "c": c, **rest}

    arguments = Arguments(function)
    asked = arguments.bind((1.0,), {"b": 2, "x": [1]})
    assert asked == {"a": 1.0, "b": 2, "c": 3, "x": [1]}
    bound = arguments.unbind(asked, {"a": 1, "b": 5, "c": 3, "x": [2]})
    assert function(*bound.args, **bound.kwargs) == {"a": 1.0, "b": 5, "c": 3, "x": [2]}
    assert type(bound.args[0]) is float
    with pytest.raises(TypeError, match="missing"):
        arguments.bind((), {"b": 1})
    with pytest.raises(TandemError, match="do not fit"):
        arguments.unbind(asked, {"b": 5})

    def starred(*numbers: int) -> None:
        raise AssertionError("it ran")

    with pytest.raises(TypeError, match="args"):
        Arguments(starred)


def test_a_gate_is_checked_where_it_is_declared() -> None:
    with Tandem("http://h", "tdm_k") as t:

        async def later() -> None:
            raise AssertionError("it ran")

        declared: Callable[..., Any] = t.gate("refunds")
        with pytest.raises(TypeError, match="async"):
            declared(later)
        with pytest.raises(TypeError, match="color"):
            t.gate("refunds", color="red")(len)  # type: ignore[call-arg]
