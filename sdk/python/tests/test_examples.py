"""The examples, as a reader would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import Any, List

from conftest import ROOT, Server, eventually

from tandem import Tandem


def example(server: Server, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": server.key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_quickstart(server: Server) -> None:
    done = example(server, "quickstart.py")
    assert done.returncode == 0, done.stderr
    assert "decided by machine" in done.stdout
    assert "decided by people -> {'intent': 'lost_card'} modified" in done.stdout
    assert "line 2 {" in done.stdout


def test_gate(server: Server, reviewer: Tandem) -> None:
    done: List[Any] = []
    caller = threading.Thread(
        target=lambda: done.append(example(server, "gate.py", "order-7", "80"))
    )
    caller.start()
    (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]), 60.0)
    answer = {"refund": {"tool": "refund", "arguments": {"order": "order-7", "amount": 40}}}
    reviewer.judge(claim, "modify", answer=answer)
    caller.join(60)
    assert done[0].returncode == 0, done[0].stderr
    assert done[0].stdout.startswith("refunded 40.00 for order-7 under grt_")
