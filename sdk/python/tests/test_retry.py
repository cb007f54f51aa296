"""Back-off, patience and idempotency, against a transport that fails on purpose."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, Callable, List, Optional

import httpx
import pytest

from tandem import GateRejected, InvalidInput, Tandem, TandemError, TandemUnavailable, WaitTimeout
from tandem._retry import Attempts, RetryPolicy, parse_retry_after

CASE = {"id": "case_1", "status": "queued", "decision": None}
DECISION = {"state": "effective", "outcome": "approved", "by": "people", "output": {}}


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: List[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def client(
    handler: Callable[[httpx.Request], httpx.Response], monkeypatch: Any, **options: Any
) -> tuple[Tandem, Time]:
    time = Time()
    monkeypatch.setattr("tandem._client.time.sleep", time.sleep)
    made = Tandem("http://server", "tdm_k", transport=httpx.MockTransport(handler), **options)
    policy = RetryPolicy(clock=lambda: time.now, draw=lambda: 1.0)
    made._settings = replace(made._settings, retry=policy)
    return made, time


def problem(status: int, code: str, retry_after: Optional[str] = None) -> httpx.Response:
    headers = {"retry-after": retry_after} if retry_after else {}
    return httpx.Response(status, json={"code": code, "detail": code}, headers=headers)


def test_jitter_is_full_exponential_and_capped() -> None:
    top = RetryPolicy(base=0.1, cap=5.0, draw=lambda: 1.0)
    assert [round(top.jitter(n), 3) for n in (1, 2, 3)] == [0.2, 0.4, 0.8]
    assert top.jitter(30) == top.jitter(10**9) == 5.0
    assert RetryPolicy(draw=lambda: 0.0).jitter(7) == 0.0


def test_attempts_give_up_in_time_and_start_over_after_contact() -> None:
    now = 0.0
    attempts = Attempts(RetryPolicy(1.0, 8.0, lambda: now, lambda: 1.0), patience=10.0)
    assert attempts.failed() == 2.0
    now = 2.0
    assert attempts.failed() == 4.0
    now = 6.0
    assert attempts.failed() is None
    attempts.worked()
    assert attempts.failed() == 2.0
    assert (Attempts(RetryPolicy(), math.inf).failed(3600.0) or 0.0) >= 3600.0
    assert Attempts(RetryPolicy(draw=lambda: 0.0), 0.0).failed() is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sun, 01 Nov 2026 10:00:07 GMT", 7.0),
        ("Sun, 01 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: Any, seconds: Any) -> None:
    now = datetime(2026, 11, 1, 10, 0, 0, tzinfo=timezone.utc)
    assert parse_retry_after(header, now) == seconds


@pytest.mark.parametrize("failure", [429, 502, 503, 504, "connect", "read"])
def test_a_post_is_tried_again_as_the_same_request(failure: Any, monkeypatch: Any) -> None:
    seen: List[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) < 3:
            if failure == "connect":
                raise httpx.ConnectError("refused")
            if failure == "read":
                raise httpx.ReadError("reset")
            return problem(failure, "busy", "1")
        return httpx.Response(201, json=CASE)

    t, time = client(handler, monkeypatch)
    assert t.submit("l", input={"x": 1})["id"] == "case_1"
    keys = {request.headers["idempotency-key"] for request in seen}
    assert len(seen) == 3
    assert len(keys) == 1
    assert len({request.content for request in seen}) == 1
    asked = 1.0 if isinstance(failure, int) else 0.0
    assert time.slept == pytest.approx([asked + 0.2, asked + 0.4])


def test_two_calls_have_two_idempotency_keys(monkeypatch: Any) -> None:
    keys = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return httpx.Response(201, json=CASE)

    t, _ = client(handler, monkeypatch)
    t.submit("l", input={})
    t.submit("l", input={})
    assert len(set(keys)) == 2


def test_patience_ends(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    t, time = client(handler, monkeypatch, patience=10.0)
    with pytest.raises(TandemUnavailable, match="refused"):
        t.submit("l", input={})
    assert 5.0 < time.now <= 10.0


def test_a_retry_after_beyond_patience_is_not_sat_out(monkeypatch: Any) -> None:
    t, time = client(lambda _: problem(503, "busy", "3600"), monkeypatch)
    with pytest.raises(TandemUnavailable) as caught:
        t.submit("l", input={})
    assert caught.value.retry_after == 3600.0
    assert time.slept == []


def test_refusals_are_not_retried(monkeypatch: Any) -> None:
    calls = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(1)
        body = {"code": "invalid_input", "detail": "no such field", "path": "/input/txt"}
        return httpx.Response(422, json=body)

    t, _ = client(handler, monkeypatch)
    with pytest.raises(InvalidInput) as caught:
        t.submit("l", input={})
    assert (caught.value.code, caught.value.path) == ("invalid_input", "/input/txt")
    assert calls == [1]


def test_a_conflict_that_passes_is_retried(monkeypatch: Any) -> None:
    answers = [problem(409, "not_sealed", "1"), httpx.Response(200, json={"grant": "g"})]
    t, time = client(lambda _: answers.pop(0), monkeypatch)
    assert t.consume("case_1", "d", "me")["grant"] == "g"
    assert len(time.slept) == 1


def test_waiting_sits_out_an_outage(monkeypatch: Any) -> None:
    calls = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        if request.method == "POST":
            return httpx.Response(201, json=CASE)
        if len(calls) < 40:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={**CASE, "status": "decided", "decision": DECISION})

    t, time = client(handler, monkeypatch, patience=1.0)
    assert t.decide("l", input={})["outcome"] == "approved"
    assert time.now > 60.0


def test_waiting_gives_up_after_the_outage_limit(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    t, time = client(handler, monkeypatch, outage=30.0)
    with pytest.raises(TandemUnavailable):
        t.wait("case_1")
    assert time.now <= 30.0


def test_a_timeout_ends_a_wait_also_in_an_outage(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    t, time = client(handler, monkeypatch)
    with pytest.raises(WaitTimeout) as caught:
        t.wait("case_1", timeout=7.0)
    assert caught.value.case == "case_1"
    assert time.now == pytest.approx(7.0)


def test_a_server_that_answers_early_is_not_asked_in_a_tight_loop(monkeypatch: Any) -> None:
    t, time = client(lambda _: httpx.Response(202, json=CASE), monkeypatch)
    with pytest.raises(WaitTimeout):
        t.wait("case_1", timeout=60.0)
    assert len(time.slept) < 25


def test_a_held_decision_is_not_a_decision(monkeypatch: Any) -> None:
    held = {**CASE, "status": "held", "decision": {**DECISION, "state": "held"}}
    t, _ = client(lambda _: httpx.Response(200, json=held), monkeypatch)
    with pytest.raises(WaitTimeout):
        t.wait("case_1", timeout=0.0)


def test_a_fallback_answers_and_is_recorded_when_the_server_is_back(monkeypatch: Any) -> None:
    up = False
    batches: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if not up:
            raise httpx.ConnectError("refused")
        if request.url.path.endswith("/batch"):
            batches.extend(json.loads(line) for line in request.content.splitlines())
            return httpx.Response(200, text='{"line": 1, "id": "case_2"}\n')
        return httpx.Response(201, json=CASE)

    t, _ = client(handler, monkeypatch, patience=0.5)
    decision = t.decide("l", input={"x": 1}, fallback={"intent": "other"}, tags=["a"])
    assert (decision["output"], decision["by"]) == ({"intent": "other"}, "fallback")
    up = True
    t.submit("l", input={"x": 2})
    (row,) = batches
    assert row["input"] == {"x": 1}
    assert row["decision"] == {"output": {"intent": "other"}}
    assert row["tags"] == ["a", "fallback"]
    assert row["key"]
    t.submit("l", input={"x": 3})
    assert len(batches) == 1


def test_settings_come_from_arguments_then_the_environment(monkeypatch: Any) -> None:
    monkeypatch.setenv("TANDEM_URL", "https://tandem.example.org/")
    monkeypatch.setenv("TANDEM_KEY", "tdm_env")
    assert Tandem().url == "https://tandem.example.org"
    assert Tandem("http://here:1").url == "http://here:1"
    assert "tdm_env" not in repr(Tandem()._settings)
    monkeypatch.delenv("TANDEM_KEY")
    with pytest.raises(TandemError, match="TANDEM_KEY"):
        Tandem()
    for bad in ("here:1", "ftp://here", "http://"):
        with pytest.raises(TandemError, match="http://host:port"):
            Tandem(bad, "tdm_k")


def test_a_body_that_is_no_json_is_refused_before_it_is_sent(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise AssertionError("it was sent")

    t, _ = client(handler, monkeypatch)
    with pytest.raises(ValueError, match="JSON"):
        t.submit("l", input={"x": math.nan})
    with pytest.raises(TypeError, match="prio"):
        t.submit("l", input={}, prio=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="zone"):
        t.submit("l", input={}, deadline=datetime(2026, 1, 1))


def approved(request: httpx.Request) -> httpx.Response:
    decision = {**DECISION, "digest": "d"}
    return httpx.Response(201, json={**CASE, "status": "decided", "decision": decision})


#: What a gate reads of its loop before it hands a call in.
GATE_LOOP = {"spec": {"input": {}, "answer": {"arguments": {"kind": "form"}}}}


def test_a_grant_whose_answer_was_lost_is_asked_for_by_the_same_consumer(monkeypatch: Any) -> None:
    consumers: List[str] = []
    outcomes: List[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/loops/l":
            return httpx.Response(200, json=GATE_LOOP)
        body = json.loads(request.content)
        if request.url.path.endswith("/outcomes"):
            outcomes.append(body["execution"])
            return httpx.Response(201, json={})
        if not request.url.path.endswith("/consume"):
            return approved(request)
        consumers.append(body["consumer"])
        if len(consumers) == 1:
            raise httpx.ReadError("reset")
        return httpx.Response(200, json={"grant": "g", "arguments": {"arguments": {"x": 2}}})

    t, _ = client(handler, monkeypatch)
    seen: List[int] = []

    @t.gate("l")
    def run(x: int) -> None:
        seen.append(x)

    run(1)
    assert seen == [2]
    assert len(consumers) == 2
    assert len(set(consumers)) == 1
    run(1)
    assert len(set(consumers)) == 2
    assert outcomes == ["succeeded", "succeeded"]


def test_a_gate_that_cannot_consume_does_not_run(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/loops/l":
            return httpx.Response(200, json=GATE_LOOP)
        if request.url.path.endswith("/consume"):
            raise httpx.ConnectError("refused")
        return approved(request)

    t, _ = client(handler, monkeypatch)

    @t.gate("l")
    def run(x: int) -> None:
        raise AssertionError("it ran")

    with pytest.raises(TandemUnavailable):
        run(1)


def test_a_decision_that_changed_under_the_gate_is_read_again(monkeypatch: Any) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/loops/l":
            return httpx.Response(200, json=GATE_LOOP)
        if request.url.path.endswith("/consume"):
            return problem(412, "digest_mismatch")
        if request.method == "GET":
            decision = {**DECISION, "outcome": "rejected", "digest": "e", "reason_codes": ["no"]}
            return httpx.Response(200, json={**CASE, "status": "decided", "decision": decision})
        return approved(request)

    t, _ = client(handler, monkeypatch)

    @t.gate("l")
    def run(x: int) -> None:
        raise AssertionError("it ran")

    with pytest.raises(GateRejected, match="no"):
        run(1)
