"""The pages under docs/, run as a reader would: every Python block of a page, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
from conftest import APPROVE, ROOT, Reviewing, Server, edited
from test_copilot import Model

from tandem import Tandem

#: In place of the line that names a model: the framework's own stand-in, which calls the tool once.
MODELS = {
    "langgraph": """
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
class Fake(GenericFakeChatModel):
    def bind_tools(self, tools, **options):
        return self
wanted = [{"name": "refund", "args": {"order": "A-17", "amount": 24.0}, "id": "c"}]
model = Fake(messages=iter([AIMessage("", tool_calls=wanted), AIMessage("settled")]))
""",
    "openai-agents": """
import sys
sys.path.insert(0, TESTS)
from test_openai_agents import Scripted
model = Scripted([("A-17", 24.0)], "settled")
""",
    "pydantic-ai": """
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
def says(messages, info):
    if len(messages) > 1:
        return ModelResponse(parts=[TextPart("settled")])
    return ModelResponse(parts=[ToolCallPart("refund", {"order": "A-17", "amount": 24.0}, "c")])
model = FunctionModel(says)
""",
}


def blocks(page: str) -> List[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no Python"
    return found


def run(server: Server, source: str, place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": server.key},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_python(server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path) -> None:
    t.loops.put("support-intents", ROOT / "examples/loops/support-intents.yaml")
    # As it is there, without the ten seconds in which a judgment may be taken back.
    spec = t.loops.get("support-intents")["spec"]
    spec["review"]["undo"] = "0s"
    t.loops.put("support-intents", spec)
    checked = ("approve", {"checklist": ["pii"]})
    clerk = Reviewing(reviewer, checked, checked, loop="support-intents")
    person = Reviewing(reviewer, edited("A-17", 20.0), APPROVE, APPROVE, APPROVE)
    done = run(server, "".join(blocks("python")), tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(clerk.done()) == 2
    orders = [case["input"]["order"] for case in person.done()]
    assert orders == ["A-17", "A-18", "A-19", "A-20"]
    lines = done.stdout.splitlines()
    assert lines[0] == "{'intent': 'card_arrival'} people"
    assert lines[1].startswith("paid 20.00 under grt_")
    assert lines[2].startswith("grt_")
    assert "{'amount': 5, 'order': 'A-20'}" in lines[2]
    runs = t.request("GET", "/v1/runs", params={"loop": "refunds", "limit": "100"})["items"]
    (found,) = [one for one in runs if one["key"] == "nightly"]
    assert (found["state"], found["used"]["steps"]) == ("finished", 4)


def test_the_copilot_in_ten_lines(server: Server, tmp_path: Path) -> None:
    (source,) = blocks("copilot")
    assert len(source.splitlines()) <= 10
    model = Model()
    model.says = [" your card is on its way."]
    own, count = re.subn(r"http://127.0.0.1:11434/v1", model.url, source)
    assert count == 1
    done = run(server, own, tmp_path)
    model.server.shutdown()
    model.server.server_close()
    assert done.returncode == 0, done.stderr
    assert done.stdout == " your card is on its way.\n"
    told = model.asked[0]["messages"][1]["content"]
    assert "Three sentences at most." in told
    assert "Where is my card?" in told


@pytest.mark.parametrize(
    ("page", "package"),
    [("langgraph", "langchain"), ("openai-agents", "agents"), ("pydantic-ai", "pydantic_ai")],
)
def test_ten_lines(
    server: Server, reviewer: Tandem, tmp_path: Path, page: str, package: str
) -> None:
    pytest.importorskip(package, reason="pip install 'tandem[peers]'")
    (source,) = blocks(page)
    assert len(source.splitlines()) <= 13
    tests = f"TESTS = {str(Path(__file__).parent)!r}\n"
    model, count = re.subn(r"^model = .*$", lambda _: MODELS[page], source, flags=re.MULTILINE)
    assert count == 1
    person = Reviewing(reviewer, APPROVE)
    done = run(server, tests + model, tmp_path)
    assert done.returncode == 0, done.stderr
    (case,) = person.done()
    assert case["input"] == {"order": "A-17"}
    assert done.stdout.splitlines()[-1] == "settled"


def test_pages_name_nothing_that_is_not_there() -> None:
    import importlib

    for page, module in {
        "langgraph": "tandem.langgraph",
        "openai-agents": "tandem.openai_agents",
        "pydantic-ai": "tandem.pydantic_ai",
    }.items():
        pytest.importorskip(module.split(".")[1] if page == "langgraph" else "agents")
        found: Any = importlib.import_module(module)
        text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
        for name in found.__all__:
            assert f"{name}(" in text or f"`{name}`" in text or f"@{name}" in text, name
