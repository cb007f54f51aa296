"""The pages under docs/, run as a reader would: every Python block of a page, in order."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, List, Tuple

import pytest
from conftest import APPROVE, ROOT, Reviewing, Server, edited, eventually
from test_copilot import Model

from tandem import Tandem, TandemError

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
        timeout=300,
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
    assert own.count('"copilot": {') == 1
    own = own.replace('"copilot": {', '"copilot": {"timeout": "60s", ')
    done = run(server, own, tmp_path)
    model.server.shutdown()
    model.server.server_close()
    assert done.returncode == 0, done.stderr
    assert done.stdout == " your card is on its way.\n"
    told = model.asked[0]["messages"][1]["content"]
    assert "Three sentences at most." in told
    assert "Where is my card?" in told


def test_appeals(server: Server, t: Tandem, tmp_path: Path) -> None:
    (source,) = blocks("appeals")
    assert len(source.splitlines()) <= 10
    granted = ("answer", {"answer": {"verdict": "grant"}})
    file = re.search(r'FILE = """(.*?)"""', source, re.DOTALL)
    assert file
    t.loops.put("credit", file.group(1))  # whoever claims asks for a loop that is there
    reviews: Any = [{"loop": "*", "role": "reviewer"}]
    with (
        server.client(server.member_key(reviews)) as one,
        server.client(server.member_key(reviews)) as other,
    ):
        deciding = Reviewing(one, APPROVE, loop="credit", queues=["default"])
        anew = Reviewing(other, granted, loop="credit", queues=["appeals"])
        done = run(server, source, tmp_path)
        assert done.returncode == 0, done.stderr
        (case,) = deciding.done()
        anew.done()
    lines = done.stdout.splitlines()
    assert lines[0].startswith("may be contested until 20")
    assert lines[1] == "overturned"
    seen = t.case(case["id"])
    assert [one["state"] for one in seen["decisions"]] == ["superseded", "effective"]


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


def asks(server: Server, source: str, place: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a page that brings its own client."""
    return subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": server.key, **more},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Later(Reviewing):
    """A person who waits for the loop to be published."""

    def run(self) -> None:
        def there() -> bool:
            try:
                return bool(self._reviewer.loops.get(self._loop))
            except TandemError:
                return False

        eventually(there)
        super().run()


def test_a2i(server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path) -> None:
    pytest.importorskip("boto3", reason="pip install 'tandem[peers]'")
    (source,) = blocks("a2i")
    roles = [{"loop": "*", "role": "orchestrator"}]
    key = t.request("POST", "/v1/keys", json={"name": "a2i", "roles": roles})
    pair = t.request("POST", f"/v1/keys/{key['id']}/aws", json={})
    person = Later(reviewer, ("answer", {"answer": {"mood": "good"}}), loop="mood")
    done = asks(
        server,
        source,
        tmp_path,
        AWS_ACCESS_KEY_ID=pair["access_key_id"],
        AWS_SECRET_ACCESS_KEY=pair["secret_access_key"],
    )
    assert done.returncode == 0, done.stderr
    (case,) = person.done()
    assert case["input"] == {"text": "I like it"}
    assert done.stdout.splitlines() == ["{'mood': {'label': 'good'}}"]


def test_humanlayer(server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path) -> None:
    pytest.importorskip("humanlayer", reason="pip install 'tandem[peers]'")
    (source,) = blocks("humanlayer")
    assert len(source.splitlines()) <= 13
    for name in ("humanlayer-approvals", "humanlayer-contacts"):
        t.loops.put(name, ROOT / f"examples/loops/{name}.yaml")
    person = Reviewing(reviewer, APPROVE, loop="humanlayer-approvals")
    done = asks(server, source, tmp_path)
    assert done.returncode == 0, done.stderr
    person.done()
    assert done.stdout.splitlines() == ["42"]


def test_a2a(server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path) -> None:
    pytest.importorskip("a2a", reason="pip install 'tandem[peers]'")
    (source,) = blocks("a2a")
    assert len(source.splitlines()) <= 13
    t.loops.put("support-intents", ROOT / "examples/loops/support-intents.yaml")
    spec = t.loops.get("support-intents")["spec"]
    spec["review"]["undo"] = "0s"
    t.loops.put("support-intents", spec)
    said = {"answer": {"intent": "card_arrival"}, "checklist": ["pii"]}
    person = Reviewing(reviewer, ("answer", said), loop="support-intents")
    done = asks(server, source, tmp_path)
    assert done.returncode == 0, done.stderr
    person.done()
    assert done.stdout.splitlines() == ["task", "artifact_update", "status_update"]


def test_stepfunctions(server: Server, t: Tandem, reviewer: Tandem, tmp_path: Path) -> None:
    pytest.importorskip("boto3", reason="pip install 'tandem[peers]'")
    (source,) = blocks("stepfunctions")
    assert len(source.splitlines()) <= 13
    roles = [{"loop": "*", "role": "orchestrator"}]
    key = t.request("POST", "/v1/keys", json={"name": "worker", "roles": roles})
    pair = t.request("POST", f"/v1/keys/{key['id']}/aws", json={})

    class Reading(Later):
        """A person who waits for the worker."""

        def run(self) -> None:
            eventually(lambda: any(one["name"] == "moods" for one in t.loops.list()))
            eventually(lambda: any(one.get("proposals") for one in t.cases("moods")))
            super().run()

    person = Reading(reviewer, APPROVE, loop="moods")
    done = asks(
        server,
        source,
        tmp_path,
        AWS_ACCESS_KEY_ID=pair["access_key_id"],
        AWS_SECRET_ACCESS_KEY=pair["secret_access_key"],
    )
    assert done.returncode == 0, done.stderr
    person.done()
    assert done.stdout.splitlines() == ["{'mood': 'good'}"]


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


def free_ports() -> Tuple[int, int]:
    """Two ports that nobody listens at now."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def of_chain(language: str) -> List[str]:
    text = (ROOT / "docs" / "chain.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_the_chain_from_nothing(server: Server, tmp_path: Path) -> None:
    source, (model, port) = of_chain("sh")[0], free_ports()
    source = source.replace("9000", str(model)).replace("8460", str(port))
    # The page's limits are for a machine that does nothing else.
    for short, long in (("timeout: 2s", "timeout: 60s"), ("?wait=5s", "?wait=90s")):
        assert short in source
        source = source.replace(short, long)
    # Whoever types waits for what was started.
    up = f"curl -sf http://127.0.0.1:{port}/healthz && : < /dev/tcp/127.0.0.1/{model}"
    ready = f"until {up}; do sleep .1; done > healthy 2> not-yet\n"
    source = source.replace("tandem loop apply", f"{ready}tandem loop apply")
    program = tmp_path / "bin" / "tandem"
    program.parent.mkdir()
    program.symlink_to(os.environ["TANDEM_BIN"])
    key = server.key
    log = (tmp_path / "log").open("w+")
    done = subprocess.run(
        ["bash", "-c", f"set -e; trap 'kill $(jobs -p)' EXIT\n{source}"],
        env={
            **os.environ,
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "TANDEM_ADMIN_KEY": key,
            "TANDEM_KEY": key,
            "TANDEM_LISTEN": f"127.0.0.1:{port}",
            "TANDEM_URL": f"http://127.0.0.1:{port}",
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
        },
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        timeout=300,
        check=False,
    )
    log.close()
    told = (tmp_path / "log").read_text()
    assert done.returncode == 0, told
    assert '"status":"decided"' in done.stdout, done.stdout + told
    assert '"output":{"intent":"card_arrival"}' in done.stdout, done.stdout + told


class Speaks(BaseHTTPRequestHandler):
    """Chat completions, and the backends of Label Studio."""

    def do_GET(self) -> None:
        self.answer({"status": "UP", "model_class": "M"})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/chat/completions"):
            content = json.dumps({"intent": "card_arrival"})
            tokens = [{"token": token, "logprob": -0.01} for token in re.split("(\\W)", content)]
            choice = {"message": {"content": content}, "logprobs": {"content": tokens}}
            self.answer({"model": "llama3.2", "choices": [choice]})
        elif self.path.endswith("/setup"):
            self.answer({"model_version": "m1"})
        else:
            chosen = {"from_name": "intent", "to_name": "text", "type": "choices"}
            result = [{"id": "c", **chosen, "value": {"choices": ["card_arrival"]}}]
            self.answer({"results": [{"model_version": "m1", "score": 0.97, "result": result}]})

    def answer(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize(("at", "model"), [(0, "llama3.2"), (1, "m1")])
def test_other_links_of_the_chain(t: Tandem, at: int, model: str) -> None:
    (file,) = re.findall(r"^cat > tickets.yaml .*?\n(.*?)^YAML$", of_chain("sh")[0], re.M | re.S)
    links = [block for block in of_chain("yaml") if block.startswith("chain:")]
    assert len(links) == 2
    speaks = ThreadingHTTPServer(("127.0.0.1", 0), Speaks)
    threading.Thread(target=speaks.serve_forever, daemon=True).start()
    try:
        own = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{speaks.server_port}", links[at])
        own = re.sub(r"^  - (openai|label_studio):", r"  - timeout: 60s\n    \1:", own, flags=re.M)
        assert "timeout: 60s" in own
        name = f"chain-{at}"
        written = file[: file.index("chain:")].replace("loop: tickets", f"loop: {name}") + own
        t.loops.put(name, written)
        made = t.submit(name, input={"text": "where is my card"})
        assert t.wait(made["id"], timeout=150)["output"] == {"intent": "card_arrival"}
        assert t.case(made["id"])["proposals"][0]["model"] == model
    finally:
        speaks.shutdown()
        speaks.server_close()
