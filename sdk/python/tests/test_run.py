"""Supervised runs: an agent that people pause, redirect and stop, for real."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Dict, List

import pytest
from conftest import Server, eventually

from tandem import (
    AsyncTandem,
    Conflict,
    RunLost,
    RunOver,
    RunStopped,
    Tandem,
    TandemUnavailable,
)


class Person:
    """Somebody with another key, who gives orders."""

    def __init__(self, client: Tandem) -> None:
        self.client = client

    def order(self, run: str, kind: str, **more: Any) -> Any:
        body = {"kind": kind, "reason": f"they said {kind}", **more}
        return self.client.request("POST", f"/v1/runs/{run}/control", json=body)

    def view(self, run: str) -> Any:
        return self.client.request("GET", f"/v1/runs/{run}")

    def steps(self, run: str) -> List[Any]:
        page = self.client.request("GET", f"/v1/runs/{run}/steps", params={"limit": "200"})
        return list(reversed(page["items"]))

    def until(self, run: str, state: str) -> Any:
        return eventually(lambda: (v := self.view(run))["state"] == state and v)


@pytest.fixture(scope="session")
def agent_key(server: Server) -> str:
    with server.client() as admin:
        roles = [{"loop": "*", "role": "submitter"}]
        return str(
            admin.request("POST", "/v1/keys", json={"name": "agent", "roles": roles})["secret"]
        )


@pytest.fixture
def agent(server: Server, agent_key: str) -> Any:
    with server.client(agent_key) as client:
        yield client


@pytest.fixture(scope="session")
def orchestrator_key(server: Server) -> str:
    return server.member_key([{"loop": "*", "role": "orchestrator"}])


@pytest.fixture
def person(server: Server, orchestrator_key: str) -> Any:
    with server.client(orchestrator_key) as client:
        yield Person(client)


class Behind(threading.Thread):
    """Work in a thread, whose exception is kept."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.work, self.error, self.result = work, None, None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.work()
        except BaseException as error:
            self.error = error

    def end(self) -> Any:
        self.join(300)
        assert not self.is_alive(), "it still works"
        return self.error or self.result


def test_steps_come_in_order_and_the_end_is_told(agent: Tandem, person: Person) -> None:
    with agent.run("refunds", goal="pay back", constraints=["be quick"]) as run:
        assert run.plan("think", output="two orders") == 1
        for n in range(2, 131):
            assert run.tool("look", input={"n": n}, output=object if n == 2 else n, cost=0.5) == n
        run.observe("saw", output={"long": "x" * 40_000})
        run.output("told", output="done")
        assert (run.goal, run.constraints, run.epoch) == ("pay back", ["be quick"], 0)
        # Nobody asks for it: they come by themselves.
        eventually(lambda: person.view(run.id)["used"]["steps"] == 132)
    view = person.view(run.id)
    assert (view["state"], view["summary"]) == ("finished", None)
    assert view["used"]["cost"] == 64.5
    steps = person.steps(run.id)
    assert [step["n"] for step in steps] == list(range(1, 133))
    assert [step["output"] for step in steps[2:130]] == list(range(3, 131))
    assert steps[1]["output"] == "<class 'object'>"
    assert steps[130]["output"]["bytes"] == 40_012
    kinds = {step["kind"] for step in steps}
    assert kinds == {"plan", "tool_call", "observation", "output"}


def test_what_the_server_refuses_of_a_step_does_not_hold_up_the_others(
    agent: Tandem, person: Person
) -> None:
    with agent.run("refunds", goal="g") as run:
        run.tool("a", input=1)
        run.tool("b" * 300, input=2)
        run.tool("c", cost=-1.0)
        run.tool("d", input=4)
        with pytest.raises(ValueError, match="JSON"):
            run.tool("e", input=float("nan"))
        run.flush()
    steps = person.steps(run.id)
    assert [step["input"] for step in steps] == [1, None, None, 4]
    assert "200 bytes" in steps[1]["output"]["refused"]
    assert "cost" in steps[2]["output"]["refused"]


def test_a_failure_is_recorded_without_what_it_says(agent: Tandem, person: Person) -> None:
    with pytest.raises(KeyError), agent.run("refunds", goal="g") as run:
        raise KeyError("a password")
    view = person.view(run.id)
    assert view["state"] == "failed"
    assert view["summary"].startswith("KeyError at test_run.py:")
    with pytest.raises(KeyError), agent.run("refunds", goal="g") as run:
        run.summary = "the bank is closed"
        raise KeyError("a password")
    assert person.view(run.id)["summary"] == "the bank is closed"


def test_pause_holds_the_agent_until_it_may_go_on(agent: Tandem, person: Person) -> None:
    done: List[int] = []
    ready, go = threading.Event(), threading.Event()

    def work() -> str:
        with agent.run("refunds", goal="g") as run:
            found.append(run)
            for n in range(3):
                run.check()
                run.tool("work", input=n)
                done.append(n)
                if n == 0:
                    ready.set()
                    go.wait(300)
        return run.id

    found: List[Any] = []
    behind = Behind(work)
    assert ready.wait(300)
    run = found[0].id
    person.order(run, "pause")
    # The step at hand goes on; the order is acknowledged at the next look.
    assert person.view(run)["state"] == "pausing"
    eventually(lambda: found[0].state == "pausing")
    go.set()
    view = person.until(run, "paused")
    assert (view["obeyed"], view["pending"]) == (1, [])
    time.sleep(0.5)
    assert done == [0]
    # What was done before was reported before it was obeyed.
    assert [step["epoch"] for step in person.steps(run)] == [0]
    began = time.monotonic()
    person.order(run, "resume")
    assert behind.end() == run
    assert time.monotonic() - began < 60
    assert done == [0, 1, 2]
    assert [step["epoch"] for step in person.steps(run)] == [0, 2, 2]
    assert person.view(run)["state"] == "finished"


def test_stop_ends_the_agent(agent: Tandem, person: Person) -> None:
    done: List[int] = []

    def work() -> None:
        with agent.run("refunds", goal="g") as run:
            found.append(run.id)
            while True:
                run.check()
                done.append(run.tool("work", input=len(done)))
                time.sleep(0.05)

    found: List[str] = []
    behind = Behind(work)
    eventually(lambda: len(done) > 2)
    person.order(found[0], "stop")
    error = behind.end()
    assert isinstance(error, RunStopped)
    assert isinstance(error, RunOver)
    assert (error.reason, error.state) == ("they said stop", "stopped")
    view = person.view(found[0])
    assert (view["state"], view["obeyed"]) == ("stopped", 1)
    # Everything that was done is there.
    assert view["used"]["steps"] == len(done)


def test_redirect_and_override_are_obeyed_where_the_agent_looks(
    agent: Tandem, person: Person
) -> None:
    told: List[Any] = []
    with agent.run(
        "refunds",
        goal="old",
        on_redirect=lambda goal, constraints: told.append((goal, constraints)),
        on_override=lambda step, result: told.append((step, result)),
    ) as run:
        run.tool("work", output=1)
        run.flush()
        person.order(run.id, "redirect", goal="new", constraints=["gently"])
        person.order(run.id, "override", step=1, result={"right": 2})
        assert person.view(run.id)["obeyed"] == 0
        assert (run.goal, told) == ("old", [])
        eventually(lambda: run.check() or told)
        eventually(lambda: run.check() or run.overrides)
        assert (run.goal, run.constraints) == ("new", ["gently"])
        assert run.overrides == {1: {"right": 2}}
        assert told == [("new", ["gently"]), (1, {"right": 2})]
        view = person.view(run.id)
        assert (view["epoch"], view["obeyed"], view["pending"]) == (2, 2, [])


def test_an_order_that_could_not_be_carried_out_is_not_acknowledged(
    agent: Tandem, person: Person
) -> None:
    tries: List[str] = []

    def redirected(goal: str, constraints: List[str]) -> None:
        tries.append(goal)
        if len(tries) == 1:
            raise ValueError(goal)

    with agent.run("refunds", goal="g", on_redirect=redirected) as run:
        person.order(run.id, "redirect", goal="other")
        with pytest.raises(ValueError, match="other"):
            eventually(lambda: run.check() or tries)
        assert person.view(run.id)["obeyed"] == 0
        run.check()
        assert person.view(run.id)["obeyed"] == 1
    assert tries == ["other", "other"]


def test_a_spent_budget_pauses_and_a_larger_one_goes_on(agent: Tandem, person: Person) -> None:
    def work() -> str:
        with agent.run("refunds", goal="g", budget={"steps": 3, "then": "pause"}) as run:
            found.append(run.id)
            for n in range(6):
                run.check()
                run.tool("work", input=n)
                run.flush()
        return run.id

    found: List[str] = []
    behind = Behind(work)
    eventually(lambda: found)
    view = person.until(found[0], "paused")
    assert view["used"]["steps"] == 3
    person.order(found[0], "resume", budget={"steps": 100})
    assert behind.end() == found[0]
    assert person.view(found[0])["used"]["steps"] == 6


def test_a_spent_budget_stops_where_that_was_said(agent: Tandem) -> None:
    with pytest.raises(RunStopped, match="budget"):
        with agent.run("refunds", goal="g", budget={"steps": 2, "then": "stop"}) as run:
            for n in range(9):
                run.check()
                run.tool("work", input=n)
                run.flush()


def test_the_second_process_takes_over_and_the_first_loses_it(
    agent: Tandem, person: Person, reviewer: Tandem
) -> None:
    ran: List[str] = []
    with pytest.raises(RunLost, match="took it over|works for it"):
        with agent.run("refunds", goal="g", key="one-key") as first:
            first.tool("work", input=1)
            first.flush()

            @first.gate("refunds", tool="refund", timeout=150)
            def refund(order: str, amount: float) -> None:
                ran.append(order)

            with agent.run("refunds", goal="g", key="one-key") as second:
                assert second.id == first.id
                assert second.tool("work", input=2) == 2
                second.flush()
                # Even before its next sign of life, the first opens nothing.
                with pytest.raises(RunLost):
                    refund("o-1", 1.0)
                eventually_raises(first.check, RunLost)
                second.check()
            first.check()
    assert ran == []
    assert person.view(first.id)["state"] == "finished"
    assert [step["input"] for step in person.steps(first.id)] == [1, 2]
    with pytest.raises(RunOver, match="finished"), agent.run("refunds", goal="g", key="one-key"):
        raise AssertionError("it began")


def eventually_raises(call: Callable[[], Any], kind: Any) -> None:
    def raised() -> bool:
        try:
            call()
        except kind:
            return True
        return False

    eventually(raised)


AGENT = """
import sys, time
from tandem import Tandem
with Tandem({url!r}, {key!r}) as t, t.run("refunds", goal="g", key="dies", lease=10) as run:
    run.tool("work", input="first")
    run.flush()
    print(run.id, flush=True)
    time.sleep(600)
"""


def test_a_process_that_died_is_taken_up_by_its_key(
    server: Server, agent: Tandem, agent_key: str, person: Person
) -> None:
    source = AGENT.format(url=server.url, key=agent_key)
    died = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert died.stdout is not None
    run = died.stdout.readline().strip()
    person.order(run, "override", step=1, result="right")
    died.send_signal(signal.SIGKILL)
    died.wait()
    died.stdout.close()
    person.until(run, "lost")
    person.order(run, "redirect", goal="better")
    with agent.run("refunds", goal="g", key="dies", lease=10) as again:
        assert again.id == run
        assert again.goal == "better"
        assert again.overrides == {1: "right"}
        assert again.tool("work", input="second") == 2
    view = person.view(run)
    assert (view["state"], view["used"]["steps"]) == ("finished", 2)
    # And a process after that is told what was overridden, too.


def test_overrides_are_remembered_by_who_takes_over(agent: Tandem, person: Person) -> None:
    with pytest.raises(KeyboardInterrupt):
        with agent.run("refunds", goal="g", key="left") as run:
            run.tool("work")
            run.flush()
            person.order(run.id, "override", step=1, result="right")
            eventually(lambda: run.check() or run.overrides)
            raise KeyboardInterrupt
    # An interrupt leaves it open.
    assert person.view(run.id)["state"] == "running"
    with agent.run("refunds", goal="g", key="left") as again:
        assert again.id == run.id
        assert again.overrides == {1: "right"}


def test_a_silent_process_is_lost(agent: Tandem, person: Person) -> None:
    with pytest.raises(RunLost, match="check in"):
        with agent.run("refunds", goal="g", lease=1) as run:
            run._supervised.closing = True  # the background ends, as when a machine sleeps
            person.until(run.id, "lost")
            run._client._drive(run._supervised.beat(0.0, None))
            run.check()


def test_through_a_restart_of_the_server(own_server: Server) -> None:
    with own_server.client() as t, t.run("refunds", goal="g") as run:
        for n in range(40):
            run.check()
            run.tool("work", input=n)
            if n == 10:
                own_server.kill()
            if n == 20:
                own_server.start()
            time.sleep(0.02)
        eventually(lambda: t.request("GET", f"/v1/runs/{run.id}")["used"]["steps"] == 40)
        t.request("POST", f"/v1/runs/{run.id}/control", json={"kind": "stop", "reason": "r"})
        eventually_raises(run.check, RunStopped)
        items = t.request("GET", f"/v1/runs/{run.id}/steps", params={"limit": "200"})["items"]
        assert [step["input"] for step in reversed(items)] == list(range(40))


def test_nobody_works_on_unsupervised(own_server: Server) -> None:
    """A server that stays silent for longer than the lease holds the agent, then ends it."""
    with own_server.client(outage=0.5, patience=0.5) as t:
        with pytest.raises(TandemUnavailable, match="orders"):
            with t.run("refunds", goal="g", lease=5) as run:
                own_server.kill()
                run.check()
                end = time.monotonic() + 120
                while time.monotonic() < end:
                    run.check()
                    time.sleep(0.05)


# Gates


def test_a_gate_inside_a_run_waits_while_it_is_paused(
    agent: Tandem, person: Person, reviewer: Tandem
) -> None:
    paid: List[Any] = []

    @agent.gate("refunds", timeout=150)
    def refund(order: str, amount: float) -> str:
        paid.append((order, amount))
        return "paid"

    def work() -> Any:
        with agent.run("refunds", goal="g") as run:
            found.append(run.id)
            # Told to pause before the agent looks: the gate itself finds out.
            person.order(run.id, "pause")
            return refund.as_call("c1")("in-run", 7.0)

    found: List[str] = []
    behind = Behind(work)
    eventually(lambda: found)
    run = found[0]
    person.until(run, "paused")
    time.sleep(0.3)
    assert of_run(agent, run) == []
    person.order(run, "resume")
    (case,) = eventually(lambda: of_run(agent, run))
    assert case["key"] == f"{run}/c1"
    # Paused again while the call waits: it is approved, and does not run.
    person.order(run, "pause")
    person.until(run, "paused")
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])
    agent.wait(case["id"], timeout=150)
    time.sleep(1.0)
    assert paid == []
    person.order(run, "resume")
    assert behind.end() == "paid"
    assert paid == [("in-run", 7.0)]
    (step,) = person.steps(run)
    assert (step["kind"], step["name"], step["output"]) == ("tool_call", "refund", "paid")
    assert step["input"] == {"order": "in-run", "amount": 7.0}


def of_run(client: Tandem, run: str) -> List[Any]:
    return [case for case in client.cases("refunds") if case.get("run") == run]


def test_a_halt_holds_the_agent_and_its_gates(
    server: Server, agent: Tandem, person: Person, reviewer: Tandem
) -> None:
    paid: List[Any] = []
    with server.client() as admin:
        spec = admin.loops.get("refunds")["spec"]
        admin.loops.put("halted-runs", {**spec, "loop": "halted-runs"})

    @agent.gate("halted-runs", tool="refund", timeout=150)
    def refund(order: str, amount: float) -> str:
        paid.append(order)
        return "paid"

    def work() -> Any:
        with agent.run("halted-runs", goal="g") as run:
            found.append(run)
            result = refund("halted", 7.0)
            looked.wait(300)
            return result

    found: List[Any] = []
    looked = threading.Event()
    behind = Behind(work)
    run = eventually(lambda: found and found[0])
    query = lambda: [c for c in agent.cases("halted-runs") if c.get("run") == run.id]  # noqa: E731
    (case,) = eventually(query)
    person.client.request("POST", "/v1/halt", json={"scope": "halted-runs", "reason": "stop"})
    eventually(lambda: run.halt)
    assert run.halt["reason"] == "stop"
    blocked = Behind(run.check)
    reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])
    time.sleep(1.0)
    assert paid == []
    assert blocked.is_alive()
    server.lift("halted-runs")
    eventually(lambda: paid)
    assert blocked.end() is None
    looked.set()
    assert behind.end() == "paid"
    assert paid == ["halted"]


def test_a_stop_while_a_call_waits_withdraws_it(agent: Tandem, person: Person) -> None:
    paid: List[Any] = []

    def work() -> None:
        with agent.run("refunds", goal="g") as run:
            found.append(run.id)

            @run.gate("refunds")
            def refund(order: str, amount: float) -> None:
                paid.append(order)

            refund("stopped", 7.0)

    found: List[str] = []
    behind = Behind(work)
    (case,) = eventually(lambda: found and of_run(agent, found[0]))
    began = time.monotonic()
    person.order(found[0], "stop")
    assert isinstance(behind.end(), RunStopped)
    assert time.monotonic() - began < 60
    eventually(lambda: agent.case(case["id"])["status"] == "cancelled")
    assert person.view(found[0])["state"] == "stopped"
    assert paid == []


def test_a_gate_after_a_redirect_is_asked_under_the_new_goal(
    agent: Tandem, person: Person, reviewer: Tandem
) -> None:
    told: List[str] = []
    with agent.run("refunds", goal="g", on_redirect=lambda goal, _: told.append(goal)) as run:

        @agent.gate("refunds", timeout=150)
        def refund(order: str, amount: float) -> str:
            return run.goal

        person.order(run.id, "redirect", goal="new")

        def approve() -> None:
            (case,) = eventually(lambda: of_run(agent, run.id))
            reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])

        behind = Behind(approve)
        assert refund("redirected", 1.0) == "new"
        behind.end()
    assert told == ["new"]


def test_a_call_of_a_run_is_executed_once(agent: Tandem, person: Person, reviewer: Tandem) -> None:
    paid: List[str] = []
    with agent.run("refunds", goal="g") as run:

        @run.gate("refunds", timeout=150)
        def refund(order: str, amount: float) -> None:
            paid.append(order)

        def approve() -> None:
            (case,) = eventually(lambda: of_run(agent, run.id))
            reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])

        behind = Behind(approve)
        refund.as_call("once")("o", 1.0)
        behind.end()
        with pytest.raises(Conflict) as caught:
            refund.as_call("once")("o", 1.0)
        assert caught.value.code == "already_consumed"
    assert paid == ["o"]


# The twin


def test_the_async_twin(server: Server, agent_key: str, person: Person, reviewer: Tandem) -> None:
    told: List[Any] = []
    paid: List[Any] = []

    async def redirected(goal: str, constraints: List[str]) -> None:
        await asyncio.sleep(0)
        told.append(goal)

    async def until(check: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, eventually, check)

    async def work() -> None:
        async with AsyncTandem(server.url, agent_key) as t:

            @t.gate("refunds", timeout=150)
            async def refund(order: str, amount: float) -> str:
                paid.append((order, amount))
                return "paid"

            async with t.run("refunds", goal="g", on_redirect=redirected) as run:
                run.tool("work", input=1)
                await until(lambda: person.view(run.id)["used"]["steps"] == 1)
                person.order(run.id, "redirect", goal="new")
                while not told:
                    await run.check()
                    await asyncio.sleep(0.02)
                assert run.goal == "new"
                person.order(run.id, "pause")
                call = asyncio.create_task(refund("async", 3.0))
                await until(lambda: person.view(run.id)["state"] == "paused")
                person.order(run.id, "resume")
                with server.client() as admin:
                    (case,) = await until(lambda: of_run(admin, run.id))
                reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])
                assert await call == "paid"
            assert person.view(run.id)["state"] == "finished"

            with pytest.raises(RunStopped):
                async with t.run("refunds", goal="g") as run:
                    person.order(run.id, "stop")
                    while True:
                        await run.check()
                        await asyncio.sleep(0.02)

            with pytest.raises(ZeroDivisionError):
                async with t.run("refunds", goal="g") as run:
                    _ = 1 // 0
            assert person.view(run.id)["state"] == "failed"

            async def cancelled() -> None:
                async with t.run("refunds", goal="g", key="async-cancelled") as run:
                    runs.append(run.id)
                    await asyncio.sleep(60)

            runs: List[str] = []
            task = asyncio.create_task(cancelled())
            while not runs:
                await asyncio.sleep(0.02)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert person.view(runs[0])["state"] == "running"
            async with t.run("refunds", goal="g", key="async-cancelled") as run:
                assert run.id == runs[0]

    asyncio.run(asyncio.wait_for(work(), 600))
    assert paid == [("async", 3.0)]


def test_a_run_is_entered_once(agent: Tandem) -> None:
    run = agent.run("refunds", goal="g")
    with run:
        pass
    with pytest.raises(RuntimeError, match="once"), run:
        raise AssertionError("it began")


def test_no_thread_is_left_behind(agent: Tandem, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "tandem"), agent.run("refunds", goal="g") as run:
        threads: Dict[str, Any] = {t.name: t for t in threading.enumerate()}
        assert "run-lease" in threads
    eventually(lambda: not any(t.is_alive() for t in run._threads))
    assert [line for line in caplog.records if run.id in line.getMessage()] == []
