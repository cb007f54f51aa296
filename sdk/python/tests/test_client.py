"""The client against the real server: a case from hand-in to decision, and what else one does."""

from __future__ import annotations

import csv
import json
import threading
import time
from pathlib import Path
from typing import Any, List

import pytest
from conftest import INTENTS, Server, eventually

from tandem import (
    CaseCancelled,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Tandem,
    Unauthenticated,
    WaitTimeout,
)

UNSURE = {"output": {"intent": "card_arrival"}, "confidence": 0.4}


def test_decide_returns_what_another_person_judged(t: Tandem, reviewer: Tandem) -> None:
    decisions: List[Any] = []
    text = "is my card lost"

    def ask() -> None:
        decisions.append(t.decide("intents", input={"text": text}, proposal=UNSURE, timeout=150))

    caller = threading.Thread(target=ask)
    caller.start()
    (claim,) = eventually(lambda: reviewer.claim(loops=["intents"]))
    assert claim["case"]["input"] == {"text": text}
    renewed = reviewer.renew(claim)
    judged = reviewer.judge(
        renewed, "answer", answer={"intent": "lost_card"}, comment="lost", elapsed_ms=1200
    )
    caller.join(300)
    assert not caller.is_alive()
    (decision,) = decisions
    assert decision["output"] == {"intent": "lost_card"}
    assert decision["outcome"] == "modified"
    assert decision["by"] == "people"
    assert decision["changes"][0]["path"] == "/intent"
    assert judged["case"]["id"] == claim["case"]["id"]


def test_the_machine_answers_where_the_policy_lets_it(t: Tandem) -> None:
    sure = {"output": {"intent": "other"}, "confidence": 0.95}
    decision = t.decide("intents", input={"text": "hi"}, proposal=sure, timeout=150)
    assert (decision["by"], decision["outcome"]) == ("machine", "approved")


def test_a_key_names_one_case(t: Tandem) -> None:
    first = t.submit("intents", input={"text": "once"}, proposal=UNSURE, key="k-once")
    again = t.submit("intents", input={"text": "once"}, proposal=UNSURE, key="k-once")
    assert first["id"] == again["id"]
    with pytest.raises(Conflict) as caught:
        t.submit("intents", input={"text": "twice"}, proposal=UNSURE, key="k-once")
    assert caught.value.resource == first["id"]
    t.cancel(first["id"])


def test_wait_times_out_and_learns_of_a_cancelled_case(t: Tandem) -> None:
    case = t.submit("intents", input={"text": "slow"}, proposal=UNSURE, priority=1, tags=["x"])
    began = time.monotonic()
    with pytest.raises(WaitTimeout):
        t.wait(case["id"], timeout=1.0)
    assert 0.9 < time.monotonic() - began < 60.0
    person = threading.Timer(0.3, t.cancel, [case["id"]])
    person.start()
    with pytest.raises(CaseCancelled):
        t.wait(case["id"], timeout=150)
    person.join()
    assert t.case(case["id"])["status"] == "cancelled"


def test_release_undo_and_reopen(t: Tandem, server: Server, reviewer: Tandem) -> None:
    spec = {**INTENTS, "loop": "slow", "review": {"undo": "1h"}}
    assert t.loops.put("slow", spec)["name"] == "slow"
    case = t.submit("slow", input={"text": "undo me"}, proposal=UNSURE)
    (claim,) = reviewer.claim(case=case["id"])
    reviewer.release(claim)
    (claim,) = reviewer.claim(loops=["slow"])
    judged = reviewer.judge(claim, "approve")
    assert judged["case"]["status"] == "held"
    with pytest.raises(WaitTimeout):
        t.wait(case["id"], timeout=0.0)
    undone = reviewer.undo(judged["judgment"]["id"])
    assert undone["status"] in ("queued", "claimed")

    done = t.submit("intents", input={"text": "reopen me"}, proposal=UNSURE)
    reviewer.judge(done["id"], "approve")
    assert t.wait(done["id"], timeout=150)["outcome"] == "approved"
    reopened = t.reopen(done["id"], "the customer complained")
    assert reopened["status"] in ("reopened", "queued")
    t.cancel(case["id"])


def test_loops_are_put_listed_and_read(t: Tandem, tmp_path: Path) -> None:
    text = "loop: notes\ninput: { text: { kind: text } }\nanswer: { note: { kind: text } }\n"
    first = t.loops.put("notes", text)
    path = tmp_path / "notes.json"
    path.write_text(json.dumps({**first["spec"], "title": "Notes"}))
    second = t.loops.put("notes", path)
    assert second["version"] == first["version"] + 1
    assert t.loops.get("notes")["spec"]["title"] == "Notes"
    assert t.loops.get("notes", version=first["version"])["version"] == first["version"]
    assert "notes" in {summary["name"] for summary in t.loops.list()}
    with pytest.raises(InvalidInput) as caught:
        t.loops.put("notes", text + "policy: { rules: [{ name: r, when: '1 +', route: auto }] }\n")
    assert caught.value.problems[0]["line"] == 4


def test_refusals_are_exceptions_with_code_and_path(t: Tandem, server: Server) -> None:
    with pytest.raises(InvalidInput) as caught:
        t.submit("intents", input={"text": "x", "more": 1})
    assert caught.value.code == "invalid_input"
    assert (caught.value.path or "").endswith("/more")
    with pytest.raises(NotFound):
        t.submit("no-such-loop", input={})
    with pytest.raises(NotFound):
        t.case("case_00000000000000000000000000")
    with server.client("tdm_" + "0" * 48) as stranger, pytest.raises(Unauthenticated):
        stranger.case("case_00000000000000000000000000")
    key = server.member_key([{"loop": "intents", "role": "submitter"}])
    with server.client(key) as submitter, pytest.raises(Forbidden):
        submitter.claim(loops=["intents"])


def test_nobody_judges_what_they_handed_in(t: Tandem) -> None:
    case = t.submit("intents", input={"text": "mine"}, proposal=UNSURE)
    with pytest.raises(Forbidden):
        t.judge(case["id"], "approve")
    t.cancel(case["id"])


def test_a_stale_claim_is_a_conflict(t: Tandem, reviewer: Tandem) -> None:
    case = t.submit("intents", input={"text": "stale"}, proposal=UNSURE)
    (claim,) = reviewer.claim(case=case["id"])
    reviewer.release(claim)
    with pytest.raises(Conflict) as caught:
        reviewer.judge(claim, "approve")
    assert caught.value.code in ("claim_lost", "stale_token")
    t.cancel(case["id"])


def test_two_thousand_lines_with_bad_ones_by_number(t: Tandem) -> None:
    t.loops.put("many", {**INTENTS, "loop": "many"})
    bad = {3: "{oops", 500: '{"input": {"txt": 1}}', 1001: "[]", 1999: '{"inputs": {}}'}
    sure = {"output": {"intent": "other"}, "confidence": 0.99}

    def rows() -> Any:
        for line in range(1, 2001):
            yield bad.get(line, {"key": f"k{line}", "input": {"text": str(line)}, "proposal": sure})

    results = list(t.submit_many("many", rows()))
    assert [result.line for result in results] == list(range(1, 2001))
    refused = {result.line: result.error for result in results if not result.ok}
    assert set(refused) == set(bad)
    assert all(error and error["code"] and error["detail"] for error in refused.values())
    assert {(r.status, r.route) for r in results if r.ok} == {("decided", "auto")}
    ids = {result.id for result in results if result.ok}
    assert len(ids) == 1996

    again = list(t.submit_many("many", rows()))
    assert {result.id for result in again if result.ok} == ids
    assert sum(1 for _ in t.cases("many")) == 1996


def test_exports_stream_rows_and_write_files(t: Tandem, tmp_path: Path) -> None:
    t.loops.put("exported", {**INTENTS, "loop": "exported"})
    sure = {"output": {"intent": "other"}, "confidence": 0.99}
    rows = [{"input": {"text": f"line\u2028{n}"}, "proposal": sure} for n in range(1200)]
    ids = {result.id for result in t.submit_many("exported", rows)}
    exported = list(t.export("exported", "decisions"))
    assert {row["case"] for row in exported} == ids
    path = tmp_path / "decisions.csv"
    assert t.export_file("exported", "decisions", path, "csv") == path.stat().st_size
    with open(path, newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 1200
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InvalidInput):
        t.export_file("exported", "decisions", tmp_path / "x.parquet", "parquet")
    assert list(tmp_path.iterdir()) == [path]


def test_events_come_and_resume_after_an_index(t: Tandem, reviewer: Tandem) -> None:
    case = t.submit("intents", input={"text": "followed"}, proposal=UNSURE)
    reviewer.judge(case["id"], "approve")
    seen: List[Any] = []
    for event in t.events(case=case["id"]):
        seen.append(event)
        if event["kind"].startswith("decision.") and len(seen) >= 3:
            break
    indexes = [event["index"] for event in seen]
    assert indexes == sorted(set(indexes))
    assert {event["case"] for event in seen} == {case["id"]}
    resumed = next(iter(t.events(case=case["id"], after=indexes[0])))
    assert resumed["id"] == seen[1]["id"]


def test_a_decision_is_contested_and_taken_back(t: Tandem, reviewer: Tandem) -> None:
    t.loops.put(
        "contested", {**INTENTS, "loop": "contested", "appeals": {"meanwhile": "suspended"}}
    )
    case = t.submit("contested", input={"text": "contest me"}, proposal=UNSURE)["id"]
    reviewer.judge(case, "approve")
    decision = t.wait(case, timeout=150)
    assert decision["appeal"]["open"]
    evidence = ["a letter", {"title": "A note", "text": "of Monday"}]
    lodged = t.appeal(case, by="cust_1", statement="It is wrong.", evidence=evidence)
    (appeal,) = lodged["appeals"]
    assert [piece["text"] for piece in appeal["evidence"]] == ["a letter", "of Monday"]
    assert (lodged["status"], appeal["state"]) == ("reopened", "open")
    assert [one["id"] for one in t.cases("contested", appeal="open")] == [case]
    with pytest.raises(Conflict) as twice:
        t.appeal(case, by="cust_1", statement="It is wrong.")
    assert twice.value.code == "appeal_open"
    assert t.withdraw_appeal(case)["decision"]["appeal"]["state"] == "withdrawn"
