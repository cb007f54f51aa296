"""The A2A SDK, unchanged, against the real server, over both of its HTTP bindings."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest
from conftest import APPROVE, Reviewing, Server
from test_a2i import fresh

from tandem import Tandem

pytest.importorskip("a2a", reason="pip install 'tandem[peers]'")
import httpx  # noqa: E402
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory  # noqa: E402
from a2a.types import a2a_pb2 as a2a  # noqa: E402
from a2a.utils.errors import (  # noqa: E402
    InvalidParamsError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
    VersionNotSupportedError,
)
from google.protobuf.json_format import MessageToDict, ParseDict  # noqa: E402

# The SDK leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("default")

BINDINGS = ["JSONRPC", "HTTP+JSON"]
both = pytest.mark.parametrize("binding", BINDINGS)


class Agent:
    """A client of the SDK with a key."""

    def __init__(self, server: Server, binding: str, key: str = "", version: str = "1.0") -> None:
        headers = {"Authorization": f"Bearer {key or server.key}", "A2A-Version": version}
        self.http = httpx.AsyncClient(headers=headers, timeout=150)
        self.url, self.binding = server.url, binding

    async def __aenter__(self) -> Any:
        card = await A2ACardResolver(self.http, self.url).get_agent_card()

        def client(streaming: bool) -> Any:
            config = ClientConfig(
                httpx_client=self.http,
                supported_protocol_bindings=[self.binding],
                streaming=streaming,
            )
            return ClientFactory(config).create(card)

        self.client, self.streaming = client(False), client(True)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.http.aclose()

    async def send(self, task: str = "", id: str = "", text: str = "", **data: Any) -> Any:
        message: Dict[str, Any] = {
            "messageId": id or secrets.token_hex(8),
            "role": "ROLE_USER",
            "parts": ([{"text": text}] if text else []) + ([{"data": data}] if data else []),
        }
        if task:
            message["taskId"] = task
        request = ParseDict({"message": message}, a2a.SendMessageRequest())
        (reply,) = [one async for one in self.client.send_message(request)]
        return MessageToDict(reply)["task"]

    async def follow(self, id: str, begun: Optional[Callable[[], Any]] = None) -> Any:
        """What comes of a task; `begun` is called once the stream is open."""
        request = a2a.SubscribeToTaskRequest(id=id)
        found: List[Any] = []
        async for one in self.streaming.subscribe(request):
            if begun and not found:
                begun()
            found.append(MessageToDict(one))
        return found

    async def get(self, id: str) -> Any:
        return MessageToDict(await self.client.get_task(a2a.GetTaskRequest(id=id)))


def state(task: Any) -> str:
    return str(task["status"]["state"])


@both
def test_a_task_waits_for_a_person(server: Server, reviewer: Tandem, binding: str) -> None:
    loop = fresh(server)

    async def story() -> Tuple[Any, List[Any], Any]:
        async with Agent(server, binding) as agent:
            proposal = {"output": {"mood": "good"}, "confidence": 0.6}
            one = {"id": secrets.token_hex(8), "loop": loop, "text": "fine", "proposal": proposal}
            task = await agent.send(**one)
            assert (await agent.send(**one))["id"] == task["id"]
            with pytest.raises((UnsupportedOperationError, InvalidParamsError)):
                await agent.send(**{**one, "text": "other"})
            listed = await agent.client.list_tasks(a2a.ListTasksRequest(tenant=loop))
            assert [one.id for one in listed.tasks] == [task["id"]]
            people: List[Reviewing] = []
            judge = lambda: people.append(Reviewing(reviewer, APPROVE, loop=loop))  # noqa: E731
            events = await agent.follow(task["id"], judge)
            people[0].done()
            with pytest.raises(UnsupportedOperationError):
                await agent.follow(task["id"])
            return task, events, await agent.get(task["id"])

    task, events, done = asyncio.run(story())
    assert state(task) == "TASK_STATE_INPUT_REQUIRED"
    assert [next(iter(one)) for one in events] == ["task", "artifactUpdate", "statusUpdate"]
    assert events[-1]["statusUpdate"]["status"]["state"] == "TASK_STATE_COMPLETED"
    assert state(done) == "TASK_STATE_COMPLETED"
    decision = done["artifacts"][0]["parts"][0]["data"]
    assert (decision["outcome"], decision["by"]) == ("approved", "people")
    assert decision["output"] == {"mood": "good"}


@both
def test_further_messages_propose_speak_and_judge(
    server: Server, t: Tandem, reviewer_key: str, binding: str
) -> None:
    loop = fresh(server)

    async def story() -> Any:
        async with Agent(server, binding) as agent:
            task = await agent.send(loop=loop, input={"text": "fine"})
            await agent.send(task["id"], proposal={"output": {"mood": "bad"}})
            await agent.send(task["id"], text="Please hurry")
            # Whoever asked approves nothing, and no machine judges.
            with pytest.raises(Exception, match="(?i)people review|permission|403|sign in"):
                await agent.send(task["id"], verdict="approve")
            async with Agent(server, binding, reviewer_key) as person:
                return await person.send(task["id"], verdict="reject", comment="no")

    task = asyncio.run(story())
    assert state(task) == "TASK_STATE_REJECTED"
    said = t.request("GET", f"/v1/cases/{task['id']}/messages")["items"]
    assert [one["body"] for one in said] == ["Please hurry"]


@both
def test_what_is_cancelled_is_over(server: Server, reviewer: Tandem, binding: str) -> None:
    loop = fresh(server)

    async def story() -> None:
        async with Agent(server, binding) as agent:
            task = await agent.send(loop=loop, text="fine")
            request = a2a.CancelTaskRequest(id=task["id"])
            done = MessageToDict(await agent.client.cancel_task(request))
            assert state(done) == "TASK_STATE_CANCELED"
            with pytest.raises(TaskNotCancelableError):
                await agent.client.cancel_task(request)
            with pytest.raises(UnsupportedOperationError):
                await agent.send(task["id"], text="late")
            assert reviewer.claim(loops=[loop]) == []

    asyncio.run(story())


@both
def test_faults_have_the_names_of_the_protocol(server: Server, binding: str) -> None:
    loop = fresh(server)

    async def story() -> None:
        async with Agent(server, binding) as agent:
            with pytest.raises(TaskNotFoundError):
                await agent.get("case_00000000-0000-7000-8000-000000000000")
            with pytest.raises(TaskNotFoundError):
                await agent.get("task-1")
            for wrong in ({"text": "no loop"}, {"loop": "nowhere", "input": {}}, {"loop": loop}):
                with pytest.raises(InvalidParamsError):
                    await agent.send(**wrong)
            with pytest.raises(InvalidParamsError, match="larger than this endpoint takes"):
                await agent.send(loop=loop, input={"text": "x" * 5_000_000})
        async with Agent(server, binding, version="0.3") as old:
            with pytest.raises(VersionNotSupportedError):
                await old.get("task-1")
        async with Agent(server, binding, key="tdm_wrong") as stranger:
            with pytest.raises(Exception, match="401"):
                await stranger.get("task-1")

    asyncio.run(story())
