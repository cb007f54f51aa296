"""The co-pilot against the real server, with a model on a real socket."""

from __future__ import annotations

import asyncio
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Dict, Iterator, List

import pytest
from conftest import Server, eventually

from tandem import ApiError, AsyncTandem, InvalidInput, Tandem


class Model:
    """An OpenAI-compatible interface that suggests what it is told to."""

    def __init__(self) -> None:
        self.says: List[str] = []
        self.asked: List[Dict[str, Any]] = []
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                model.asked.append(json.loads(self.rfile.read(length)))
                content = json.dumps({"suggestions": model.says})
                body = json.dumps(
                    {"model": "small@1", "choices": [{"message": {"content": content}}]}
                ).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.server.shutdown()
    made.server.server_close()


def replies(name: str, model: Model) -> Dict[str, Any]:
    return {
        "loop": name,
        "input": {"text": {"kind": "text"}},
        "answer": {"reply": {"kind": "text"}},
        "review": {"undo": "0s"},
        "copilot": {"timeout": "60s"},
        "chain": [
            {
                "name": "w",
                "timeout": "60s",
                "openai": {"url": model.url, "model": "m", "prompt": "Reply."},
            }
        ],
    }


def test_words_are_suggested_and_exports_tell_who_wrote(
    t: Tandem, reviewer: Tandem, model: Model
) -> None:
    t.loops.put("py-replies", replies("py-replies", model))
    model.says = [" we have sent you a new card."]
    t.submit("py-replies", input={"text": "my card?"}, proposal={"output": {"reply": "Hello."}})
    (claim,) = eventually(lambda: reviewer.claim(loops="py-replies"))
    offered = reviewer.suggest("py-replies", claim, field="reply", text="Hi,")
    assert (offered["link"], offered["model"]) == ("w", "small@1")
    (one,) = offered["suggestions"]
    assert (one["from"], one["to"], one["hunks"]) == (3, 3, [])
    text = f"Hi,{one['text']}"
    spans = [
        {"from": 0, "to": 3, "by": "human"},
        {"from": 3, "to": len(text), "by": "model", "suggestion": one["id"]},
    ]
    with pytest.raises(InvalidInput) as refused:
        reviewer.judge(claim, "answer", answer={"reply": text}, provenance={"reply": spans[:1]})
    assert (refused.value.code, refused.value.path) == ("invalid_provenance", "/provenance/reply")
    reviewer.judge(claim, "answer", answer={"reply": text}, provenance={"reply": spans})
    (row,) = t.export("py-replies", "judgments")
    assert row["ai_share"] == pytest.approx(29 / 32)
    assert list(t.export("py-replies", "sft", max_ai_share=0.5)) == []
    (row,) = t.export("py-replies", "sft", max_ai_share=0.95)
    assert row["provenance"]["reply"][1]["model"] == "small@1"


def test_the_async_twin_revises_and_hears_why_there_is_nothing(
    t: Tandem, server: Server, model: Model
) -> None:
    t.loops.put("py-revised", replies("py-revised", model))

    async def go() -> None:
        async with AsyncTandem(server.url, server.key) as twin:
            model.says = ["Dear Ms. Lee"]
            about: Dict[str, Any] = {"field": "reply", "text": "Dear Mr. Lee, hi"}
            offered = await twin.suggest(
                "py-revised",
                input={"text": "x"},
                selection=(0, 12),
                instruction="she is a woman",
                **about,
            )
            (one,) = offered["suggestions"]
            assert one["hunks"] == [{"from": 5, "to": 7, "text": "Ms"}]
            assert "id" not in one
            model.says = [""]
            asked = len(model.asked)
            with pytest.raises(ApiError) as refused:
                await twin.suggest("py-revised", input={"text": "x"}, **about)
            assert (refused.value.status, refused.value.code) == (424, "no_suggestion")
            assert len(model.asked) == asked + 1, (
                "a model that had nothing to say is not asked again"
            )

    asyncio.run(go())
