"""The live conversation against the real server."""

from __future__ import annotations

import asyncio

import pytest
from conftest import Server, eventually

from tandem import AsyncTandem, Conflict, Tandem


def test_a_conversation_is_taken_over_and_handed_back(t: Tandem, reviewer: Tandem) -> None:
    case = t.submit(
        "intents",
        input={"text": "let me speak to somebody"},
        proposal={"output": {"intent": "other"}, "confidence": 0.4},
        requested_human=True,
        transcript=[{"from": "subject", "text": "hello?"}],
        attempted="offered the help pages",
    )["id"]
    (claim,) = eventually(lambda: reviewer.claim(case=case))
    assert claim["case"]["attempted"] == "offered the help pages"
    first = t.say(case, "somebody will be with you", id="m1")
    assert t.say(case, "somebody will be with you", id="m1")["id"] == first["id"]
    assert reviewer.take_over(case)["turn"]["holder"] == "person"
    with pytest.raises(Conflict) as refused:
        t.say(case, "meanwhile, read this")
    assert refused.value.code == "taken_over"
    t.say(case, "thank you", speaker="subject")
    reviewer.say(case, "your card is on its way")
    reviewer.hand_back(case, "told them")
    read = t.messages(case, after=1, wait=5.0)
    assert [said["from"] for said in read["items"]] == ["subject", "person", "note"]
    assert read["turn"]["holder"] == "agent"
    reviewer.judge(claim, "approve")


def test_the_async_twin_reads_and_says(t: Tandem, server: Server) -> None:
    case = t.submit("intents", input={"text": "hello again"})["id"]

    async def talk() -> None:
        async with AsyncTandem(server.url, server.key) as twin:
            said = await twin.say(case, "hello")
            assert (await twin.messages(case))["items"][0]["id"] == said["id"]

    asyncio.run(talk())
    t.request("POST", f"/v1/cases/{case}/cancel", json={})
