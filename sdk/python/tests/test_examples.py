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
        timeout=300,
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
    (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
    answer = {"refund": {"tool": "refund", "arguments": {"order": "order-7", "amount": 40}}}
    reviewer.judge(claim, "modify", answer=answer)
    caller.join(300)
    assert done[0].returncode == 0, done[0].stderr
    assert done[0].stdout.startswith("refunded 40.00 for order-7 under grt_")


def test_agent_run(server: Server, t: Tandem, reviewer: Tandem) -> None:
    """The agent is killed while a call waits, started again, told where to go, and ends."""
    orders = ["run-1", "run-2", "run-3"]
    script = str(ROOT / "examples" / "agent_run.py")
    environment = {**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": server.key}
    first = subprocess.Popen(
        [sys.executable, script, *orders], env=environment, stdout=subprocess.PIPE
    )
    (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
    reviewer.judge(claim, "approve")
    (claim,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
    first.kill()
    first.wait()
    assert first.stdout is not None
    first.stdout.close()
    run = claim["case"]["run"]
    redirect = {"kind": "redirect", "reason": "r", "goal": "be careful"}
    t.request("POST", f"/v1/runs/{run}/control", json=redirect)
    done: List[Any] = []
    caller = threading.Thread(target=lambda: done.append(example(server, "agent_run.py", *orders)))
    caller.start()
    # The call that waited is the same case.
    reviewer.judge(claim, "reject", reasons=["not_due"])
    (last,) = eventually(lambda: reviewer.claim(loops=["refunds"]))
    reviewer.judge(last, "approve")
    caller.join(300)
    assert done[0].returncode == 0, done[0].stderr
    assert done[0].stdout.splitlines() == [
        "new goal: be careful; keep to: ['pay each order once']",
        "paid 10.00 for run-3",
    ]
    view = t.request("GET", f"/v1/runs/{run}")
    assert view["state"] == "finished"
    steps = t.request("GET", f"/v1/runs/{run}/steps", params={"limit": "100"})["items"]
    assert "paid before" in [step["name"] for step in steps]
