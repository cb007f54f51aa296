"""The MCP clients that the tests use, and the waits of more than a minute, which begin early."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from contextlib import asynccontextmanager, suppress
from typing import Any, AsyncIterator, Callable, Dict, Optional, Set
from urllib.parse import urlsplit

import anyio
import fastmcp
import fastmcp_tasks  # noqa: F401  (importing it makes the client ask for tasks)
import httpx2
from conftest import Server, eventually
from fastmcp.client.transports import StreamableHttpTransport
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tandem.grants import verify

# anyio loads its parts when they are first used. pytest rewrites them then, and in the depth of an
# event loop CPython 3.11 has failed at it ("AST constructor recursion depth mismatch").
LOADED = [getattr(anyio, name) for name in dir(anyio) if not name.startswith("_")]

#: How long a person takes in the real waits: longer than the 60 s after which many clients give up.
LONG = float(os.environ.get("TANDEM_PERSON_S", "70"))


def refund(order: str) -> Dict[str, Any]:
    return {"loop": "refunds", "tool": "refund", "arguments": {"order": order, "amount": 24}}


#: One key for each server: it is part of what makes a repeated call the same call.
KEYS: Dict[str, str] = {}


def agent_key(server: Server) -> str:
    if server.key not in KEYS:
        with server.client() as admin:
            roles = [{"loop": "*", "role": "submitter"}]
            key = admin.request("POST", "/v1/keys", json={"name": "agent", "roles": roles})
        KEYS[server.key] = str(key["secret"])
    return KEYS[server.key]


def waits(server: Server, order: str) -> None:
    """Returns once the call over `order` waits for people."""

    def look() -> Any:
        with server.client() as admin:
            path = "/v1/loops/refunds/cases"
            cases = admin.request("GET", path, params={"status": "queued"})["items"]
        return [case for case in cases if case["input"]["order"] == order]

    eventually(look)


def approve(server: Server, order: str, after: float = 0.0) -> threading.Thread:
    """Somebody approves the call over `order`, `after` seconds from when it waits."""

    def work() -> None:
        with server.client(server.member_key([{"loop": "*", "role": "reviewer"}])) as person:

            def waiting() -> Any:
                path = "/v1/loops/refunds/cases"
                cases = person.request("GET", path, params={"status": "queued"})["items"]
                return [case for case in cases if case["input"]["order"] == order]

            (case,) = eventually(waiting)
            time.sleep(after)
            seen = case["proposal"]["digest"]
            body = {"verdict": "approve", "proposal": case["proposal"]["id"], "seen": seen}
            person.request("POST", f"/v1/cases/{case['id']}/judgments", json=body)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@asynccontextmanager
async def plain(server: Server, **options: Any) -> AsyncIterator[Any]:
    """The Python SDK's client."""
    headers = {"Authorization": f"Bearer {agent_key(server)}"}
    async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=300)) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Client(transport, **options) as client:
            yield client


class Door:
    """What stands before a server: it keeps whoever comes while the server starts again.

    fastmcp looks at its task every second and gives up on the first connection that nobody
    takes, so that without it a test of a restart would be one of how long the restart takes.
    """

    def __init__(self, server: Server) -> None:
        self.target = urlsplit(server.url)
        self.url = ""
        self.open = asyncio.Event()
        self.open.set()
        self.clients: Set[asyncio.StreamWriter] = set()
        self.under_way: Set[asyncio.StreamWriter] = set()
        self.answered = 0

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.open.wait()
        for _ in range(600):
            with suppress(OSError):
                far = await asyncio.open_connection(self.target.hostname, self.target.port)
                break
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
        self.clients.add(writer)

        def asks() -> None:
            self.under_way.add(writer)

        def answers() -> None:
            if writer in self.under_way:
                self.under_way.remove(writer)
                self.answered += 1

        try:
            await asyncio.gather(
                self.pass_on(reader, far[1], asks), self.pass_on(far[0], writer, answers)
            )
        finally:
            self.clients.discard(writer)
            self.under_way.discard(writer)

    async def pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, moved: Callable[[], None]
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                moved()
                writer.write(data)
                await writer.drain()
        with suppress(OSError):
            writer.close()

    async def shut(self) -> None:
        """Waits until somebody was answered and nobody asks, and lets nobody in from then on."""
        seen = self.answered
        while self.answered == seen or self.under_way:
            await asyncio.sleep(0.01)
        # All in one turn of the loop: nobody can have asked in between.
        self.open.clear()
        for writer in self.clients:
            with suppress(OSError):
                writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def before(server: Server) -> AsyncIterator[Door]:
    """A door before a server."""
    door = Door(server)
    async with await asyncio.start_server(door.enter, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        door.url = f"http://127.0.0.1:{port}"
        yield door


@asynccontextmanager
async def with_tasks(server: Server, url: str = "") -> AsyncIterator[Any]:
    """fastmcp, which asks for tasks by itself."""
    headers = {"Authorization": f"Bearer {agent_key(server)}"}
    transport = StreamableHttpTransport(f"{url or server.url}/mcp", headers)
    async with fastmcp.Client(transport) as client:
        yield client


def shown(result: Any) -> Dict[str, Any]:
    found = result.structured_content
    assert json.loads(result.content[0].text) == found
    assert isinstance(found, dict)
    return found


def granted(server: Server, found: Dict[str, Any], order: str) -> None:
    assert found["status"] == "approved", found
    assert found["arguments"] == {"order": order, "amount": 24}
    with server.client() as admin:
        key = admin.request("GET", "/v1/grants/key")["vkey"]
    note = verify(found["grant"]["note"], key)
    assert note.arguments == found["arguments"]
    assert note.case == found["request_id"]


def run(work: Callable[[], Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work(), LONG + 400))


async def decided(server: Server, client: Any, order: str) -> None:
    """Asks and waits as a model would: it follows `next`."""
    found = shown(await client.call_tool("request_approval", refund(order)))
    while found["status"] == "pending":
        asked = {"request_id": found["request_id"]}
        found = shown(await client.call_tool("wait_for_decision", asked))
    granted(server, found, order)


class LongWaits(threading.Thread):
    """Every client waits for a person, all at once, with the server's own hold."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self._server = server
        self.took = 0.0
        self.failed: Optional[BaseException] = None
        self.start()

    def run(self) -> None:
        names = ("auto", "legacy", "tasks")
        people = [approve(self._server, f"long-{name}", LONG) for name in names]
        begun = time.monotonic()
        try:
            run(self._all)
        except BaseException as failed:
            self.failed = failed
        self.took = time.monotonic() - begun
        for person in people:
            person.join(300)

    async def _all(self) -> None:
        async def with_mode(mode: Any) -> None:
            async with plain(self._server, mode=mode) as client:
                await decided(self._server, client, f"long-{mode}")

        async def with_fastmcp() -> None:
            async with with_tasks(self._server) as client:
                found = shown(await client.call_tool("request_approval", refund("long-tasks")))
                granted(self._server, found, "long-tasks")

        await asyncio.gather(with_mode("auto"), with_mode("legacy"), with_fastmcp())
