"""Amazon A2I's own client, unchanged, against the real server."""

from __future__ import annotations

import hashlib
import json
import secrets
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any, Dict, List

import pytest
from conftest import Server, eventually

from tandem import Tandem, TandemError

boto3 = pytest.importorskip("boto3", reason="pip install 'tandem[peers]'")
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

# boto3 leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("default")

PAGE = """
<crowd-form>
  <crowd-classifier name="mood" categories="['good', 'bad']" header="Which mood?">
    <classification-target>{{ task.input.text }}</classification-target>
  </crowd-classifier>
  <crowd-text-area name="why"></crowd-text-area>
</crowd-form>
"""
OLD_ARN = "arn:aws:sagemaker:eu-west-1:123456789012:flow-definition/%s"
LOOP: Dict[str, Any] = {
    "coverage": "full",
    "input": {"text": {"kind": "text"}, "more": {"kind": "json", "required": False}},
    "answer": {"mood": {"kind": "choice", "options": ["good", "bad"]}},
    "review": {"undo": "0s"},
}


class Aws:
    """Clients of a key of this server."""

    def __init__(self, server: Server, role: str = "orchestrator") -> None:
        with server.client() as admin:
            roles = [{"loop": "*", "role": role}]
            key = admin.request("POST", "/v1/keys", json={"name": "aws", "roles": roles})
            pair = admin.request("POST", f"/v1/keys/{key['id']}/aws", json={})
        self.url, self.id, self.bearer = server.url, key["id"], key["secret"]
        self.access, self.secret = pair["access_key_id"], pair["secret_access_key"]

    def client(self, name: str, **other: Any) -> Any:
        options = {
            "endpoint_url": f"{self.url}/compat/a2i",
            "region_name": "eu-west-1",
            "aws_access_key_id": self.access,
            "aws_secret_access_key": self.secret,
            "config": Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
            **other,
        }
        return boto3.client(name, **options)


@pytest.fixture(scope="module")
def aws(server: Server) -> Aws:
    return Aws(server)


def fresh(server: Server, **changes: Any) -> str:
    name = f"mood-{secrets.token_hex(4)}"
    with server.client() as admin:
        admin.loops.put(name, {**LOOP, "loop": name, **changes})
    return name


def start(a2i: Any, flow: str, name: str, content: Any) -> str:
    arn = a2i.start_human_loop(
        HumanLoopName=name,
        FlowDefinitionArn=OLD_ARN % flow,
        HumanLoopInput={"InputContent": json.dumps(content)},
    )["HumanLoopArn"]
    return str(arn)


def refused(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_from_template_to_answer(server: Server, aws: Aws, reviewer: Tandem) -> None:
    setup, a2i, s3 = (aws.client(n) for n in ("sagemaker", "sagemaker-a2i-runtime", "s3"))
    name = f"flow-{secrets.token_hex(4)}"
    ui = setup.create_human_task_ui(HumanTaskUiName=name, UiTemplate={"Content": PAGE})
    assert ui["HumanTaskUiArn"].endswith(f":human-task-ui/{name}")
    made: Dict[str, Any] = {
        "FlowDefinitionName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/a2i",
        "OutputConfig": {"S3OutputPath": "s3://answers/of/a2i"},
        "HumanLoopConfig": {
            "WorkteamArn": "arn:aws:sagemaker:eu-west-1:123456789012:workteam/private-crowd/w",
            "HumanTaskUiArn": ui["HumanTaskUiArn"],
            "TaskTitle": "Moods",
            "TaskDescription": "Good or bad?",
            "TaskCount": 2,
            "TaskTimeLimitInSeconds": 600,
            "TaskAvailabilityLifetimeInSeconds": 86400,
        },
    }
    flow = setup.create_flow_definition(**made)["FlowDefinitionArn"]
    assert setup.create_flow_definition(**made)["FlowDefinitionArn"] == flow
    made["HumanLoopConfig"]["TaskCount"] = 1
    with pytest.raises(setup.exceptions.ResourceInUse):
        setup.create_flow_definition(**made)
    shown = setup.describe_flow_definition(FlowDefinitionName=name)
    assert (shown["FlowDefinitionStatus"], shown["HumanLoopConfig"]["TaskCount"]) == ("Active", 2)
    listed = setup.list_flow_definitions()["FlowDefinitionSummaries"]
    assert name in [one["FlowDefinitionName"] for one in listed]
    with server.client() as admin:
        spec = admin.loops.get(name)["spec"]
        assert spec["review"]["reviewers"] == 2
        spec["review"]["undo"] = "0s"
        admin.loops.put(name, spec)
    a2i.start_human_loop(
        HumanLoopName=name,
        FlowDefinitionArn=flow,
        HumanLoopInput={"InputContent": json.dumps({"text": "fine", "seen": [1, 2]})},
        DataAttributes={"ContentClassifiers": ["FreeOfAdultContent"]},
    )
    assert a2i.describe_human_loop(HumanLoopName=name)["HumanLoopStatus"] == "InProgress"
    said = {"answer": {"mood": "good", "why": "it says so"}, "elapsed_ms": 1500}
    with server.client(server.member_key([{"loop": "*", "role": "reviewer"}])) as second:
        for person in (reviewer, second):
            (claim,) = person.claim(loops=[name])
            assert claim["case"]["input"] == {"text": "fine", "more": {"seen": [1, 2]}}
            person.judge(claim, "answer", **said)
    loop = a2i.describe_human_loop(HumanLoopName=name)
    assert loop["HumanLoopStatus"] == "Completed"
    uri = loop["HumanLoopOutput"]["OutputS3Uri"]
    assert uri.startswith(f"s3://answers/of/a2i/{name}/20")
    assert uri.endswith("/output.json")
    bucket, key = uri[len("s3://") :].split("/", 1)
    document = json.load(s3.get_object(Bucket=bucket, Key=key)["Body"])
    assert document["inputContent"] == {"text": "fine", "seen": [1, 2]}
    assert (document["humanLoopName"], document["flowDefinitionArn"]) == (name, flow)
    first, other = document["humanAnswers"]
    assert first["answerContent"] == {"mood": {"label": "good"}, "why": "it says so"}
    assert first["timeSpentInSeconds"] == 1.5
    assert first["acceptanceTime"] < first["submissionTime"]
    assert len({first["workerId"], other["workerId"]}) == 2
    assert "@" not in json.dumps(document)
    assert "mem_" not in json.dumps(document)
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key=key.replace("/20", "/19", 1))


def test_a_flow_names_a_loop_by_tag_and_serves_it_over_http(
    server: Server, aws: Aws, reviewer: Tandem
) -> None:
    loop, setup, a2i = fresh(server), aws.client("sagemaker"), aws.client("sagemaker-a2i-runtime")
    flow = f"f-{secrets.token_hex(4)}"
    setup.create_flow_definition(
        FlowDefinitionName=flow,
        RoleArn="arn:aws:iam::123456789012:role/a2i",
        OutputConfig={"S3OutputPath": f"{aws.url}/compat/a2i/outputs/"},
        Tags=[{"Key": "tandem:loop", "Value": loop}],
    )
    proposal = {"proposal": {"output": {"mood": "bad"}, "confidence": 0.7}, "tags": ["old"]}
    start(a2i, flow, flow, {"text": "fine", "tandem": proposal})
    (claim,) = reviewer.claim(loops=[loop])
    assert (claim["case"]["tags"], claim["proposal"]["output"]) == (["old"], {"mood": "bad"})
    reviewer.judge(claim, "modify", answer={"mood": "good"})
    uri = a2i.describe_human_loop(HumanLoopName=flow)["HumanLoopOutput"]["OutputS3Uri"]
    assert uri.startswith(f"{aws.url}/compat/a2i/outputs/{flow}/")
    request = urllib.request.Request(uri, headers={"Authorization": f"Bearer {aws.bearer}"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        document = json.load(reply)
    assert document["humanAnswers"][0]["answerContent"] == {"mood": "good"}
    assert document["tandem"]["outcome"] == "modified"
    with pytest.raises(urllib.error.HTTPError) as unsigned:
        urllib.request.urlopen(uri, timeout=120)
    assert unsigned.value.code == 403


def test_templates_are_described_listed_and_deleted(server: Server, aws: Aws) -> None:
    setup = aws.client("sagemaker")
    name = f"ui-{secrets.token_hex(4)}"
    arn = setup.create_human_task_ui(HumanTaskUiName=name, UiTemplate={"Content": PAGE})
    shown = setup.describe_human_task_ui(HumanTaskUiName=name)
    assert (shown["HumanTaskUiArn"], shown["HumanTaskUiName"]) == (arn["HumanTaskUiArn"], name)
    assert shown["HumanTaskUiStatus"] == "Active"
    assert shown["UiTemplate"]["ContentSha256"] == hashlib.sha256(PAGE.encode()).hexdigest()

    def listed(**bounds: Any) -> bool:
        pages = setup.get_paginator("list_human_task_uis").paginate(**bounds)
        found = [one for page in pages for one in page["HumanTaskUiSummaries"]]
        return name in [one["HumanTaskUiName"] for one in found]

    assert listed()
    made = shown["CreationTime"]
    later, earlier = made + timedelta(seconds=5), made - timedelta(seconds=5)
    assert listed(CreationTimeAfter=earlier, CreationTimeBefore=later)
    assert not listed(CreationTimeBefore=earlier)
    assert not listed(CreationTimeAfter=later)
    setup.delete_human_task_ui(HumanTaskUiName=name)
    assert not listed()
    for gone in (setup.describe_human_task_ui, setup.delete_human_task_ui):
        with pytest.raises(setup.exceptions.ResourceNotFound):
            gone(HumanTaskUiName=name)


def test_the_same_name_is_the_same_human_loop(server: Server, aws: Aws, t: Tandem) -> None:
    loop, a2i = fresh(server), aws.client("sagemaker-a2i-runtime")
    arn = start(a2i, loop, loop, {"text": "one"})
    assert arn == f"arn:aws:sagemaker:eu-west-1:123456789012:human-loop/{loop}"
    assert start(a2i, loop, loop, {"text": "one"}) == arn
    with pytest.raises(a2i.exceptions.ConflictException):
        start(a2i, loop, loop, {"text": "two"})
    with pytest.raises(a2i.exceptions.ConflictException):
        start(a2i, fresh(server), loop, {"text": "one"})
    assert len(list(t.cases(loop))) == 1


def test_listing_goes_on_where_it_stopped(server: Server, aws: Aws) -> None:
    loop, a2i = fresh(server), aws.client("sagemaker-a2i-runtime")
    names = [f"{loop}-{n}" for n in range(5)]
    for name in names:
        start(a2i, loop, name, {"text": name})
    pages = a2i.get_paginator("list_human_loops").paginate(
        FlowDefinitionArn=OLD_ARN % loop, SortOrder="Ascending", PaginationConfig={"PageSize": 2}
    )
    sizes, found = [], []
    for page in pages:
        sizes.append(len(page["HumanLoopSummaries"]))
        found += [one["HumanLoopName"] for one in page["HumanLoopSummaries"]]
    assert (sizes, found) == ([2, 2, 1], names)
    times = {name: a2i.describe_human_loop(HumanLoopName=name)["CreationTime"] for name in names}

    def listed(**bounds: Any) -> List[str]:
        shown = a2i.list_human_loops(
            FlowDefinitionArn=OLD_ARN % loop, SortOrder="Ascending", **bounds
        )
        return [one["HumanLoopName"] for one in shown["HumanLoopSummaries"]]

    assert listed(CreationTimeAfter="2100-01-01T00:00:00Z") == []
    assert listed(CreationTimeBefore="2020-01-01T00:00:00Z") == []
    assert listed(CreationTimeBefore="2100-01-01T00:00:00Z") == names
    # boto3 sends whole seconds.
    border = max(times.values()).replace(microsecond=0)
    before = [name for name in names if times[name] < border]
    assert listed(CreationTimeBefore=border) == before
    assert listed(CreationTimeAfter=border) == [name for name in names if name not in before]


def test_what_is_stopped_takes_no_late_answer(server: Server, aws: Aws, reviewer: Tandem) -> None:
    loop, a2i = fresh(server), aws.client("sagemaker-a2i-runtime")
    start(a2i, loop, loop, {"text": "late"})
    with pytest.raises(ClientError) as early:
        a2i.delete_human_loop(HumanLoopName=loop)
    assert refused(early) == "ValidationException"
    (claim,) = reviewer.claim(loops=[loop])
    a2i.stop_human_loop(HumanLoopName=loop)
    a2i.stop_human_loop(HumanLoopName=loop)
    with pytest.raises(TandemError):
        reviewer.judge(claim, "answer", answer={"mood": "good"})
    shown = a2i.describe_human_loop(HumanLoopName=loop)
    assert (shown["HumanLoopStatus"], "HumanLoopOutput" in shown) == ("Stopped", False)
    a2i.delete_human_loop(HumanLoopName=loop)
    for gone in (a2i.describe_human_loop, a2i.stop_human_loop, a2i.delete_human_loop):
        with pytest.raises(a2i.exceptions.ResourceNotFoundException):
            gone(HumanLoopName=loop)
    # The name is free, for other input as well.
    start(a2i, loop, loop, {"text": "again"})
    assert a2i.describe_human_loop(HumanLoopName=loop)["HumanLoopStatus"] == "InProgress"


def test_nobody_in_time_is_expired(server: Server, aws: Aws) -> None:
    loop = fresh(server, review={"deadline": "1s", "on_deadline": "reject", "undo": "0s"})
    a2i = aws.client("sagemaker-a2i-runtime")
    start(a2i, loop, loop, {"text": "nobody"})

    def over() -> Any:
        shown = a2i.describe_human_loop(HumanLoopName=loop)
        return shown if shown["HumanLoopStatus"] != "InProgress" else None

    shown = eventually(over)
    assert (shown["HumanLoopStatus"], shown["FailureCode"]) == ("Failed", "Expired")


def test_only_what_is_signed_by_the_key_gets_in(server: Server, aws: Aws) -> None:
    loop = fresh(server)
    other_letter = "B" if aws.access.endswith("A") else "A"
    for other, code in (
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"}, "UnrecognizedClientException"),
        ({"aws_access_key_id": aws.access[:-1] + other_letter}, "UnrecognizedClientException"),
    ):
        with pytest.raises(ClientError) as error:
            start(aws.client("sagemaker-a2i-runtime", **other), loop, loop, {"text": "x"})
        assert refused(error) == code
        with pytest.raises(ClientError) as error:
            aws.client("sagemaker", **other).list_flow_definitions()
        assert refused(error) == code
    with pytest.raises(ClientError) as error:
        aws.client("s3", aws_secret_access_key="wrong").get_object(Bucket="b", Key="k/output.json")
    assert refused(error) == "SignatureDoesNotMatch"
    # Bytes that were changed on the way are not what was signed.
    changed = aws.client("sagemaker-a2i-runtime")

    def change(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"honest", b"forged")

    changed.meta.events.register("before-send.*.*", change)
    with pytest.raises(ClientError) as error:
        start(changed, loop, loop, {"text": "honest"})
    assert refused(error) == "InvalidSignatureException"
    for headers in ({}, {"Authorization": f"Bearer {aws.bearer}"}):
        request = urllib.request.Request(f"{aws.url}/compat/a2i/human-loops", headers=headers)
        with pytest.raises(urllib.error.HTTPError) as unsigned:
            urllib.request.urlopen(request, timeout=120)
        assert unsigned.value.code == 403
        kind = unsigned.value.headers["x-amzn-ErrorType"]
        assert kind == "MissingAuthenticationTokenException"


def test_a_revoked_key_signs_nothing_more(server: Server) -> None:
    aws = Aws(server)
    aws.client("sagemaker").list_flow_definitions()
    with server.client() as admin:
        admin.request("DELETE", f"/v1/keys/{aws.id}")
    with pytest.raises(ClientError) as error:
        aws.client("sagemaker").list_flow_definitions()
    assert refused(error) == "UnrecognizedClientException"


def test_a_pair_may_do_what_its_key_may(server: Server, aws: Aws) -> None:
    loop = fresh(server)
    one, two = Aws(server, "submitter"), Aws(server, "submitter")
    a2i = one.client("sagemaker-a2i-runtime")
    start(a2i, loop, loop, {"text": "mine"})
    with pytest.raises(ClientError) as error:
        two.client("sagemaker-a2i-runtime").describe_human_loop(HumanLoopName=loop)
    assert refused(error) == "ResourceNotFoundException"
    with pytest.raises(ClientError) as error:
        one.client("sagemaker").create_human_task_ui(
            HumanTaskUiName=loop, UiTemplate={"Content": PAGE}
        )
    assert refused(error) == "AccessDeniedException"


def test_large_inputs_and_wrong_ones(server: Server, aws: Aws, t: Tandem) -> None:
    loop, a2i = fresh(server), aws.client("sagemaker-a2i-runtime")
    frame = len(json.dumps({"text": "x", "more": ""}))
    largest = {"text": "x", "more": "y" * (3_145_728 - frame)}
    start(a2i, loop, loop, largest)
    (case,) = list(t.cases(loop))
    assert len(t.case(case["id"])["input"]["more"]) == 3_145_728 - frame
    with pytest.raises(ClientError) as error:
        start(a2i, loop, f"{loop}-2", {**largest, "more": largest["more"] + "y"})
    assert refused(error) == "ValidationException"
    for content in ('"text"', "{", '{"other": 1}', '{"text": "x", "tandem": {"key": "k"}}'):
        with pytest.raises(ClientError) as error:
            a2i.start_human_loop(
                HumanLoopName=f"{loop}-3",
                FlowDefinitionArn=OLD_ARN % loop,
                HumanLoopInput={"InputContent": content},
            )
        assert refused(error) == "ValidationException"
    # What was refused has taken no name.
    start(a2i, loop, f"{loop}-3", {"text": "x"})
    with pytest.raises(a2i.exceptions.ResourceNotFoundException):
        start(a2i, "no-such-flow", f"{loop}-4", {"text": "x"})


def test_an_operation_that_is_not_spoken_is_named(aws: Aws) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("sagemaker").list_workteams()
    assert refused(error) == "UnknownOperationException"
    assert "ListWorkteams" in str(error.value)
    with pytest.raises(ClientError) as error:
        aws.client("sagemaker").describe_flow_definition(FlowDefinitionName="nowhere")
    assert refused(error) == "ResourceNotFound"
