"""HumanLayer's own SDK, unchanged, against the real server."""

from __future__ import annotations

import secrets
import time
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from conftest import ROOT, Reviewing, Server

from tandem import Tandem

pytest.importorskip("humanlayer", reason="pip install 'tandem[peers]'")
from humanlayer import (  # noqa: E402
    AsyncHumanLayer,
    ContactChannel,
    HumanLayer,
    ResponseOption,
    SlackContactChannel,
)
from humanlayer.core.models import (  # noqa: E402
    Escalation,
    FunctionCallSpec,
    FunctionCallStatus,
    HumanContactSpec,
    HumanContactStatus,
)
from humanlayer.core.protocol import HumanLayerException  # noqa: E402

# The SDK leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("default")

CALLS, CONTACTS = "humanlayer-approvals", "humanlayer-contacts"
OPTIONS = [
    ResponseOption(name="not_allowed", title="Not allowed", prompt_fill="Our policy forbids it"),
    ResponseOption(name="later", title="Ask again later"),
]


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    with server.client() as admin:
        for name in (CALLS, CONTACTS):
            admin.loops.put(name, ROOT / f"examples/loops/{name}.yaml")
        roles = [{"loop": "*", "role": "submitter"}]
        made = admin.request("POST", "/v1/keys", json={"name": "hl", "roles": roles})
    return str(made["secret"])


def soon(_: int) -> None:
    """The SDK waits three seconds before every look; the test does not."""
    time.sleep(0.05)


@pytest.fixture
def hl(server: Server, key: str) -> Iterator[HumanLayer]:
    return layer(server, key)


def layer(server: Server, key: str, base: str = "v1") -> HumanLayer:
    url = f"{server.url}/compat/humanlayer/{base}"
    return HumanLayer(api_key=key, api_base_url=url, sleep=soon, run_id="agent-1")


def calls(hl: HumanLayer, **options: Any) -> Tuple[Any, List[Dict[str, Any]]]:
    ran: List[Dict[str, Any]] = []

    @hl.require_approval(**options)
    def multiply(x: int, y: int) -> int:
        ran.append({"x": x, "y": y})
        return x * y

    return multiply, ran


def test_an_approved_call_runs_once(hl: HumanLayer, reviewer: Tandem) -> None:
    channel = ContactChannel(slack=SlackContactChannel(channel_or_user_id="C1", bot_token="xoxb-9"))
    multiply, ran = calls(hl, contact_channel=channel)
    person = Reviewing(reviewer, ("approve", {}), loop=CALLS)
    assert multiply(x=6, y=7) == 42
    assert ran == [{"x": 6, "y": 7}]
    (case,) = person.done()
    assert case["input"]["function"] == "multiply"
    assert case["input"]["arguments"] == {"x": 6, "y": 7}
    assert "xoxb-9" not in str(case)


@pytest.mark.parametrize(
    ("said", "comment", "option"),
    [
        ({"comment": "Not today"}, "Not today", None),
        ({}, "Rejected without a comment.", None),
        ({"reasons": ["not_allowed"]}, "Our policy forbids it", "not_allowed"),
        ({"comment": "Ask again later"}, "Ask again later", "later"),
        ({"reasons": ["wrong_arguments"]}, "wrong_arguments", None),
    ],
)
def test_a_rejection_always_has_a_comment(
    hl: HumanLayer, reviewer: Tandem, said: Dict[str, Any], comment: str, option: Any
) -> None:
    person = Reviewing(reviewer, ("reject", said), loop=CALLS)
    spec = FunctionCallSpec(fn="multiply", kwargs={"x": 1}, reject_options=OPTIONS, state={"a": 1})
    done = hl.fetch_approval(spec)
    person.done()
    status = done.as_completed()
    assert (status.approved, status.comment) == (False, comment)
    assert done.call.status.reject_option_name == option
    assert (done.call.run_id, done.call.spec.state) == ("agent-1", {"a": 1})
    multiply, ran = calls(hl)
    person = Reviewing(reviewer, ("reject", said), loop=CALLS)
    assert multiply(x=1, y=1).startswith("User denied multiply with message: ")
    assert (ran, len(person.done())) == ([], 1)


def test_other_arguments_are_told_and_nothing_runs(hl: HumanLayer, reviewer: Tandem) -> None:
    multiply, ran = calls(hl)
    other = {"answer": {"call": {"fn": "multiply", "kwargs": {"x": 2, "y": 2}}}}
    person = Reviewing(reviewer, ("modify", other), loop=CALLS)
    told = multiply(x=9, y=9)
    person.done()
    assert '{"x":2,"y":2}' in told
    assert ran == []


def test_a_person_is_a_tool(hl: HumanLayer, reviewer: Tandem) -> None:
    ask = hl.human_as_tool(response_options=[ResponseOption(name="yes", title="Go ahead")])
    person = Reviewing(reviewer, ("answer", {"answer": {"response": "Go ahead"}}), loop=CONTACTS)
    assert ask("Shall I deploy?") == "Go ahead"
    (case,) = person.done()
    assert case["input"]["message"] == "Shall I deploy?"
    spec = HumanContactSpec(
        msg="Which one?", response_options=[ResponseOption(name="yes", title="Go ahead")]
    )
    person = Reviewing(reviewer, ("answer", {"answer": {"response": "yes"}}), loop=CONTACTS)
    contact = hl.fetch_human_response(spec).contact
    assert (contact.status.response, contact.status.response_option_name) == ("yes", "yes")
    person.done()
    person = Reviewing(reviewer, ("reject", {}), loop=CONTACTS)
    assert ask("Really?") == "A person declined to answer."
    person.done()


def test_the_async_sdk_does_the_same(server: Server, key: str, reviewer: Tandem) -> None:
    import asyncio

    async def call() -> Any:
        url = f"{server.url}/compat/humanlayer/v1"

        async def soon(_: int) -> None:
            await asyncio.sleep(0.05)

        hl = AsyncHumanLayer(api_key=key, api_base_url=url, sleep=soon)

        @hl.require_approval()
        async def add(x: int) -> int:
            return x + 1

        return await add(x=1)

    person = Reviewing(reviewer, ("approve", {}), loop=CALLS)
    assert asyncio.run(call()) == 2
    person.done()


def test_a_member_responds_and_nobody_else(
    server: Server, hl: HumanLayer, reviewer_key: str
) -> None:
    person = layer(server, reviewer_key)
    assert person.backend is not None
    assert hl.backend is not None
    first = hl.create_function_call(FunctionCallSpec(fn="multiply", kwargs={}))
    with pytest.raises(HumanLayerException):
        hl.backend.functions().respond(first.call_id, FunctionCallStatus(approved=True))
    done = person.backend.functions().respond(
        first.call_id, FunctionCallStatus(approved=False, comment="no", reject_option_name=None)
    )
    assert (done.status.approved, done.status.comment) == (False, "no")
    question = hl.create_human_contact(HumanContactSpec(msg="Well?"))
    answered = person.backend.contacts().respond(
        question.call_id, HumanContactStatus(response="Well.")
    )
    assert answered.status.response == "Well."
    assert hl.backend.contacts().get(question.call_id).status.response == "Well."
    for gone in (person.backend.functions(), person.backend.contacts()):
        with pytest.raises(HumanLayerException):
            gone.get("call-that-is-gone")


def test_an_escalation_is_said_beside_the_case(hl: HumanLayer, reviewer: Tandem) -> None:
    assert hl.backend is not None
    call = hl.create_function_call(FunctionCallSpec(fn="multiply", kwargs={"x": 1}))
    hl.backend.functions().escalate_email(call.call_id, Escalation(escalation_msg="It is late"))
    (claim,) = reviewer.claim(loops=[CALLS])
    path = f"/v1/cases/{claim['case']['id']}/messages"
    said = reviewer.request("GET", path)["items"]
    assert [one["body"] for one in said] == ["Escalation: It is late"]
    reviewer.judge(claim, "reject")
    late = hl.backend.functions().get(call.call_id)
    assert late.status is not None
    assert late.status.approved is False


def test_a_loop_of_ones_own_is_a_gate(server: Server, key: str, reviewer: Tandem) -> None:
    hl = layer(server, key, "loops/refunds/v1")
    ran: List[float] = []

    @hl.require_approval()
    def refund(order: str, amount: float) -> str:
        ran.append(amount)
        return "paid"

    person = Reviewing(reviewer, ("approve", {}))
    assert refund(order="A-17", amount=24.0) == "paid"
    (case,) = person.done()
    assert (case["input"]["order"], ran) == ("A-17", [24.0])
    assert "Error fetching approval" in refund(order="A-17", amount=-1)
    # An approval through the SDK cannot say what was shown.
    call = hl.create_function_call(
        FunctionCallSpec(fn="refund", kwargs={"order": "A-18", "amount": 1})
    )
    second = layer(server, server.member_key([{"loop": "*", "role": "reviewer"}]))
    assert second.backend is not None
    with pytest.raises(HumanLayerException, match="seen"):
        second.backend.functions().respond(call.call_id, FunctionCallStatus(approved=True))
    second.backend.functions().respond(
        call.call_id, FunctionCallStatus(approved=False, comment="no")
    )


def test_halted_nothing_is_approved(server: Server, hl: HumanLayer, reviewer: Tandem) -> None:
    assert hl.backend is not None
    call = hl.create_function_call(FunctionCallSpec(fn="multiply", kwargs={"x": 3}))
    (claim,) = reviewer.claim(loops=[CALLS])
    reviewer.judge(claim, "approve")
    reviewer.request("POST", "/v1/halt", json={"scope": CALLS, "reason": "stop"})
    assert hl.backend.functions().get(call.call_id).status.approved is None
    server.lift(CALLS)


def test_repeats_large_calls_and_wrong_keys(server: Server, hl: HumanLayer) -> None:
    assert hl.backend is not None
    functions = hl.backend.functions()
    call = hl.create_function_call(FunctionCallSpec(fn="multiply", kwargs={"x": 4}))
    # As it was sent: the SDK cannot send the times of a status.
    call = call.model_copy(update={"status": None})
    assert functions.add(call).call_id == call.call_id
    other = call.model_copy(update={"spec": FunctionCallSpec(fn="multiply", kwargs={"x": 5})})
    with pytest.raises(HumanLayerException, match="name_taken"):
        functions.add(other)
    large = call.model_copy(
        update={
            "call_id": secrets.token_hex(4),
            "spec": FunctionCallSpec(fn="multiply", kwargs={"x": "y" * 3_145_728}),
        }
    )
    with pytest.raises(HumanLayerException, match="too_large"):
        functions.add(large)
    wrong = layer(server, "tdm_wrong")
    assert wrong.backend is not None
    with pytest.raises(HumanLayerException):
        wrong.backend.functions().get(call.call_id)
    with server.client() as admin:
        (case,) = [one for one in admin.cases(CALLS) if one["input"]["arguments"] == {"x": 4}]
        admin.cancel(case["id"])
    late = functions.get(call.call_id)
    assert late.status.as_completed().comment == "The request was withdrawn."
