"""kill -9 of the server under waiting callers."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, List

import pytest
from conftest import Server, eventually

from tandem import TandemUnavailable

UNSURE = {"output": {"intent": "card_arrival"}, "confidence": 0.4}


def test_decide_returns_its_decision_through_kill_9(own_server: Server) -> None:
    decisions: List[Any] = []
    key = own_server.member_key([{"loop": "*", "role": "reviewer"}])
    with own_server.client() as t, own_server.client(key) as reviewer:

        def ask() -> None:
            decisions.append(
                t.decide("intents", input={"text": "x"}, proposal=UNSURE, key="k", timeout=120)
            )

        caller = threading.Thread(target=ask)
        caller.start()
        (claim,) = eventually(lambda: reviewer.claim(loops=["intents"]))
        own_server.kill()
        # While it is down, and again while the caller's poll is parked.
        with pytest.raises(TandemUnavailable), own_server.client(patience=0.5) as other:
            other.case(claim["case"]["id"])
        own_server.start()
        reviewer.judge(claim, "approve")
        caller.join(300)
        assert not caller.is_alive()
        (decision,) = decisions
        assert decision["outcome"] == "approved"
        # A restarted caller asks again by the key and gets the same decision.
        again = t.decide("intents", input={"text": "x"}, proposal=UNSURE, key="k", timeout=150)
        assert again["id"] == decision["id"]
        assert sum(1 for _ in t.cases("intents")) == 1


def test_a_batch_goes_on_through_kill_9_and_nothing_is_doubled(own_server: Server) -> None:
    with own_server.client(patience=60) as t:
        rows = 12_000
        results = []
        for result in t.submit_many("intents", ({"input": {"text": str(n)}} for n in range(rows))):
            results.append(result)
            if result.line in (1_000, 6_000):
                threading.Timer(0.01, restart, [own_server]).start()
        assert [result.line for result in results] == list(range(1, rows + 1))
        assert all(result.ok for result in results)
        assert len({result.id for result in results}) == rows
        assert sum(1 for _ in t.cases("intents")) == rows


def restart(server: Server) -> None:
    server.kill()
    server.start()


def test_events_go_on_through_kill_9(own_server: Server) -> None:
    seen: List[Any] = []
    with own_server.client() as t:
        first = t.submit("intents", input={"text": "1"}, proposal=UNSURE)

        def follow() -> None:
            for event in t.events(kind="case.submitted"):
                seen.append(event)
                if len(seen) == 2:
                    return

        follower = threading.Thread(target=follow)
        follower.start()
        eventually(lambda: seen)
        restart(own_server)
        second = t.submit("intents", input={"text": "2"}, proposal=UNSURE)
        follower.join(300)
        assert not follower.is_alive()
        assert [event["case"] for event in seen] == [first["id"], second["id"]]


def test_a_fallback_is_recorded_as_history(own_server: Server) -> None:
    with own_server.client(patience=0.3) as t:
        own_server.kill()
        decision = t.decide(
            "intents", input={"text": "now"}, fallback={"intent": "other"}, key="fell-back"
        )
        assert (decision["by"], decision["output"]) == ("fallback", {"intent": "other"})
        own_server.start()
        # In a hurry with a decision, and not with its record.
        t._settings = replace(t._settings, patience=60.0)
        assert t.record_fallbacks() == 1
        assert t.record_fallbacks() == 0
        (case,) = t.cases("intents")
        assert case["key"] == "fell-back"
        assert case["status"] == "decided"
        assert case["tags"] == ["fallback"]
        assert case["decision"] is not None
        assert case["decision"]["output"] == {"intent": "other"}
