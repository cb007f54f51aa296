"""MCP clients of others, unchanged, against the real server: each waits in its own way."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, List

import pytest
from conftest import ROOT, Server, prepare

pytest.importorskip("mcp", reason="pip install 'tandem[peers]'")
pytest.importorskip("fastmcp_tasks", reason="pip install 'tandem[peers]'")

from mcp import Client, StdioServerParameters  # noqa: E402
from mcp_clients import (  # noqa: E402
    LONG,
    LongWaits,
    agent_key,
    approve,
    before,
    decided,
    granted,
    plain,
    refund,
    run,
    shown,
    waits,
    with_tasks,
)


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that holds a call for one second only."""
    if not os.environ.get("TANDEM_BIN"):
        pytest.skip("TANDEM_BIN names no server binary; `cargo xtask test` sets it")
    running = Server(tmp_path_factory.mktemp("mcp"), "--mcp-hold", "1s")
    prepare(running)
    yield running
    running.kill()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_python_sdk_waits(brief: Server, mode: Any) -> None:
    order = f"python-{mode}"

    async def work() -> None:
        async with plain(brief, mode=mode) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            assert {"request_approval", "ask_human", "wait_for_decision"} <= tools
            await decided(brief, client, order)

    person = approve(brief, order, 2.5)
    run(work)
    person.join(300)


def test_progress_reaches_an_old_client(brief: Server) -> None:
    heard: List[float] = []

    async def progress(done: float, total: Any, message: Any) -> None:
        heard.append(done)

    async def work() -> None:
        async with plain(brief, mode="legacy") as client:
            asked = refund("progress")
            call = client.call_tool("request_approval", asked, progress_callback=progress)
            assert shown(await call)["status"] == "pending"

    run(work)
    assert heard


def test_fastmcp_waits_through_a_restart_of_the_server(own_server: Server) -> None:
    """The call does not notice: its task is a case, and the server's memory holds nothing of it."""

    async def work() -> None:
        async with before(own_server) as door, with_tasks(own_server, door.url) as client:
            call = asyncio.create_task(client.call_tool("request_approval", refund("restart")))
            await asyncio.to_thread(waits, own_server, "restart")
            await door.shut()
            await asyncio.to_thread(own_server.kill)
            await asyncio.to_thread(own_server.start)
            door.open.set()
            person = approve(own_server, "restart")
            granted(own_server, shown(await call), "restart")
            await asyncio.to_thread(person.join, 300)

    run(work)


def test_a_restart_ends_a_held_call_and_the_same_call_attaches(own_server: Server) -> None:
    async def work() -> None:
        async with plain(own_server, mode="legacy") as client:
            call = asyncio.create_task(client.call_tool("request_approval", refund("again")))
            await asyncio.to_thread(waits, own_server, "again")
            await asyncio.to_thread(own_server.kill)
            # This client does not hear of it; its host gives up at some time.
            call.cancel()

    with suppress(Exception):
        run(work)
    own_server.start()
    person = approve(own_server, "again")

    async def again() -> None:
        async with plain(own_server, mode="legacy") as client:
            found = shown(await client.call_tool("request_approval", refund("again")))
            granted(own_server, found, "again")

    run(again)
    person.join(300)
    with own_server.client() as admin:
        assert len(admin.request("GET", "/v1/loops/refunds/cases")["items"]) == 1


def test_the_command_serves_hosts_that_start_programs(own_server: Server) -> None:
    """`tandem mcp`, and a restart of the server behind it while a call waits."""
    key = agent_key(own_server)
    command = StdioServerParameters(
        command=os.environ["TANDEM_BIN"],
        args=["mcp"],
        env={"TANDEM_URL": own_server.url, "TANDEM_KEY": key},
    )

    async def work() -> None:
        async with Client(command) as client:
            assert len((await client.list_tools()).tools) == 6
            call = asyncio.create_task(client.call_tool("request_approval", refund("stdio")))
            await asyncio.to_thread(waits, own_server, "stdio")
            await asyncio.to_thread(own_server.kill)
            await asyncio.to_thread(own_server.start)
            person = approve(own_server, "stdio")
            granted(own_server, shown(await call), "stdio")
            await asyncio.to_thread(person.join, 300)

    run(work)


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    program = os.environ.get("TANDEM_BIN") or pytest.skip("TANDEM_BIN names no server binary")
    bare = {name: value for name, value in os.environ.items() if name != "TANDEM_KEY"}
    command = [program, "mcp"]
    done = subprocess.run(command, env=bare, input="", capture_output=True, text=True, timeout=300)
    assert done.returncode == 64
    assert "TANDEM_KEY" in done.stderr
    step = {"name": "report_step", "arguments": {"kind": "plan", "name": "x", "goal": "y"}}
    call = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": step}
    done = subprocess.run(
        [*command, "--url", "http://127.0.0.1:9"],
        env={**bare, "TANDEM_KEY": "tdm_x"},
        input=json.dumps(call) + "\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    said = json.loads(done.stdout)
    assert said["id"] == 3
    assert "is the server running?" in said["error"]["message"]


def test_people_who_take_longer_than_a_minute_lose_nobody(long_waits: LongWaits) -> None:
    long_waits.join(LONG + 450)
    assert long_waits.failed is None, repr(long_waits.failed)
    assert long_waits.took >= LONG


def test_ten_lines(server: Server, tmp_path: Path) -> None:
    """docs/mcp.md, as a reader would run it."""
    page = (ROOT / "docs/mcp.md").read_text(encoding="utf-8")
    (source,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(source.splitlines()) <= 10
    person = approve(server, "A-17")
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": agent_key(server)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    person.join(300)
    assert done.stdout.startswith("approved {'amount': 24"), done.stdout
    (host,) = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert json.loads(host)["mcpServers"]["tandem"]["args"] == ["mcp"]
