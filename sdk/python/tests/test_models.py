"""Models from outside, against the real server."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List

import pytest
from conftest import INTENTS, Server

from tandem import AsyncTandem, Conflict, InvalidInput, Tandem


def publish(t: Tandem, name: str) -> None:
    learner = {"kind": "external", "retrain": {"every": 1000}}
    t.loops.put(name, {**INTENTS, "loop": name, "learner": learner})


def said(model: str, intent: str, confidence: float = 0.95) -> Dict[str, Any]:
    return {"output": {"intent": intent}, "confidence": confidence, "model": model}


def named(t: Tandem, loop: str, name: str) -> Any:
    return next(model for model in t.models(loop) if model["name"] == name)


def test_a_model_acts_only_once_it_is_promoted(t: Tandem) -> None:
    publish(t, "pushed")
    prompt = {"template": "Which intent has {text}?", "parameters": {"temperature": 0}}
    made = t.register_model("pushed", "triage@3", prompt=prompt, metrics={"accuracy": 0.97})
    assert (made["kind"], made["stage"]) == ("prompt", "shadow")
    assert t.register_model("pushed", "triage@3", prompt=prompt, metrics={"accuracy": 0.97})
    with pytest.raises(Conflict):
        t.register_model("pushed", "triage@3", prompt={"template": "another"})
    waits = t.submit("pushed", input={"text": "a"}, proposal=said("triage@3", "other"))
    assert waits["status"] == "queued"
    t.promote_model("pushed", "triage@3", reason="it did well elsewhere")
    passes = t.submit("pushed", input={"text": "b"}, proposal=said("triage@3", "other"))
    assert passes["status"] == "decided"
    assert t.demote_model("pushed", "triage@3", reason="for now")["stage"] == "shadow"


def test_a_candidate_is_counted_in_the_shadow(t: Tandem, reviewer: Tandem) -> None:
    publish(t, "shadowed")
    t.register_model("shadowed", "next@1")
    case = t.submit("shadowed", input={"text": "a"}, proposal=said("now@1", "other"))
    t.propose(case["id"], said("next@1", "lost_card"), shadow=True)
    assert t.case(case["id"])["proposal"]["model"] == "now@1"
    reviewer.judge(case["id"], "answer", answer={"intent": "lost_card"})
    shadow = named(t, "shadowed", "next@1")["shadow"]
    assert (shadow["right"]["n"], shadow["candidate"], shadow["current"]) == (1, 1, 0)
    with pytest.raises(InvalidInput):
        t.propose(case["id"], {"output": {"intent": "other"}}, shadow=True)


def test_a_frozen_set_is_answered_before_a_promotion(
    server: Server, t: Tandem, reviewer: Tandem
) -> None:
    publish(t, "frozen")
    truth = ["lost_card", "card_arrival"]
    for n in range(400):
        held = sum(row["held_out"] for row in t.export("frozen", "examples"))
        if n % 20 == 0 and held >= 10:
            break
        case = t.submit("frozen", input={"text": str(n)}, proposal=said("now@1", "other"))
        reviewer.judge(case["id"], "answer", answer={"intent": truth[n % 2]})
    made = t.freeze_evaluation("frozen", "first", 10)
    assert (made["set"], made["size"]) == (1, 10)

    async def rest() -> None:
        async with AsyncTandem(server.url, server.key) as a:
            await a.register_model("frozen", "next@1")
            with pytest.raises(Conflict) as refused:
                await a.promote_model("frozen", "next@1")
            assert refused.value.code == "not_evaluated"
            asked: List[Any] = [each async for each in a.evaluation_cases("frozen", 1)]
            answers = [
                {"case": each["case"], "output": {"intent": truth[int(each["input"]["text"]) % 2]}}
                for each in asked
            ]
            with pytest.raises(InvalidInput):
                await a.push_evaluation("frozen", "next@1", answers[1:])
            scored = await a.push_evaluation("frozen", "next@1", answers)
            assert scored["score"]["accuracy"]["estimate"] == 1.0
            assert (await a.promote_model("frozen", "next@1"))["stage"] == "live"

    asyncio.run(rest())
