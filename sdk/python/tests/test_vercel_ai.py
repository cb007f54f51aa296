"""The Vercel AI SDK's own package with its mock model, held by gates: run by Node's test runner."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import APPROVE, ROOT, Reviewing, Server

from tandem import Tandem

PLACE = ROOT / "examples/vercel-ai"

pytestmark = pytest.mark.skipif(
    not (PLACE / "node_modules/ai").exists() or not shutil.which("node"),
    reason="npm --prefix examples/vercel-ai ci",
)


def node(server: Server, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", *arguments],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": server.key, **more},
        cwd=PLACE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_adapter(server: Server, reviewer_key: str) -> None:
    done = node(server, "--test", "--test-reporter=tap", TANDEM_REVIEWER=reviewer_key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 5" in done.stdout


def test_ten_lines(server: Server, reviewer: Tandem, tmp_path: Path) -> None:
    text = (ROOT / "docs/vercel-ai.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(source.splitlines()) <= 13
    model = """
import { MockLanguageModelV4 } from "ai/test";
const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const say = (content, why) =>
  ({ content: [content], finishReason: { unified: why, raw: why }, usage, warnings: [] });
const input = JSON.stringify({ order: "A-17", amount: 24 });
const wanted = { type: "tool-call", toolCallId: "c", toolName: "refund", input };
const model = new MockLanguageModelV4({ doGenerate: [
  say(wanted, "tool-calls"), say({ type: "text", text: "settled" }, "stop")] });
"""
    source, count = re.subn(r"^const model = .*$", lambda _: model, source, flags=re.MULTILINE)
    assert count == 1
    person = Reviewing(reviewer, APPROVE)
    done = node(server, "--input-type=module", "-e", source)
    assert done.returncode == 0, done.stderr
    (case,) = person.done()
    assert case["input"] == {"order": "A-17"}
    assert done.stdout.splitlines()[-1] == "settled"
