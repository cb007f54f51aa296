"""Step Functions' own client, unchanged: what workers say about a task by its token."""

from __future__ import annotations

import json
from typing import Any

import pytest
from conftest import Server
from test_a2i import Aws, fresh, refused

from tandem import Tandem

pytest.importorskip("boto3", reason="pip install 'tandem[peers]'")
from botocore.exceptions import ClientError  # noqa: E402

# boto3 leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("default")


def steps(server: Server, role: str = "submitter") -> Any:
    aws = Aws(server, role)
    return aws.client("stepfunctions", endpoint_url=f"{aws.url}/compat/stepfunctions")


def waiting(server: Server, loop: str) -> Any:
    """A case that waits for a proposal from outside, handed in by the workflow's own key."""
    with server.client() as admin:
        return admin.submit(loop, input={"text": "is it good?"})


def test_an_answer_from_outside_is_a_proposal_and_a_person_decides(
    server: Server, t: Tandem, reviewer: Tandem
) -> None:
    loop = fresh(server)
    case, sfn = waiting(server, loop), steps(server, "orchestrator")
    sfn.send_task_heartbeat(taskToken=case["id"])
    sfn.send_task_success(taskToken=case["id"], output=json.dumps({"mood": "good"}))
    sfn.send_task_success(taskToken=case["id"], output=json.dumps({"mood": "good"}))
    seen = t.case(case["id"])
    assert (seen["status"], seen["decision"]) == ("queued", None)
    with pytest.raises(sfn.exceptions.TaskTimedOut):
        sfn.send_task_success(taskToken=case["id"], output=json.dumps({"mood": "bad"}))
    (claim,) = reviewer.claim(loops=[loop])
    assert claim["proposal"]["output"] == {"mood": "good"}
    reviewer.judge(claim, "approve")
    decision = t.case(case["id"])["decision"]
    assert (decision["by"], decision["output"]) == ("people", {"mood": "good"})
    for late in (
        lambda: sfn.send_task_heartbeat(taskToken=case["id"]),
        lambda: sfn.send_task_failure(taskToken=case["id"], error="Late"),
    ):
        with pytest.raises(sfn.exceptions.TaskTimedOut):
            late()


def test_what_fails_is_handed_to_people_with_the_reason(server: Server, t: Tandem) -> None:
    loop = fresh(server)
    case, sfn = waiting(server, loop), steps(server, "orchestrator")
    for _ in range(2):
        sfn.send_task_failure(taskToken=case["id"], error="Boom", cause="no such order")
    said = t.request("GET", f"/v1/cases/{case['id']}/messages")["items"]
    assert [one["body"] for one in said] == ["The task failed: Boom. no such order"]
    assert t.case(case["id"])["status"] == "queued"


def test_tokens_name_and_keys_open(server: Server, t: Tandem) -> None:
    loop = fresh(server)
    case, sfn = waiting(server, loop), steps(server, "orchestrator")
    stranger = steps(server)
    with pytest.raises(stranger.exceptions.TaskDoesNotExist):
        stranger.send_task_success(taskToken=case["id"], output="{}")
    with pytest.raises(sfn.exceptions.InvalidToken):
        sfn.send_task_heartbeat(taskToken="AAAA")
    with pytest.raises(sfn.exceptions.TaskDoesNotExist):
        gone = case["id"][:-1] + ("1" if case["id"][-1] == "0" else "0")
        sfn.send_task_success(taskToken=gone, output="{}")
    for output in ('{"mood": "sideways"}', "{", "[]", '{"mood": "' + "g" * 262_144 + '"}'):
        with pytest.raises(sfn.exceptions.InvalidOutput):
            sfn.send_task_success(taskToken=case["id"], output=output)
    with pytest.raises(ClientError) as error:
        sfn.list_state_machines()
    assert refused(error) == "UnknownOperationException"
    t.cancel(case["id"])
    with pytest.raises(sfn.exceptions.TaskTimedOut):
        sfn.send_task_success(taskToken=case["id"], output=json.dumps({"mood": "good"}))
