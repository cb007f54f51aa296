"""Pydantic AI agents whose deferred calls of tools are decided by people in Tandem.

>>> import tandem.pydantic_ai
>>> result = tandem.pydantic_ai.run_sync(  # doctest: +SKIP
...     agent, "pay back order 7", Tandem(), loop="refunds", key="order-7", store="waiting"
... )

Tools with ``requires_approval=True`` are held back by the agent, whose output types hold
``DeferredToolRequests``. People allow a call, change its arguments (``override_args``), reject it
with a reason for the model, or answer in the tool's place. ``resolve`` is the part between two
runs, for those who drive the agent themselves: requests in, results out.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

from pydantic import TypeAdapter
from pydantic_ai import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied
from pydantic_ai.messages import ModelMessagesTypeAdapter, RetryPromptPart, ToolReturnPart
from typing_extensions import Unpack

from . import _approvals
from ._approvals import Asking, Loops, Outcome, Place, Store, ToolCall, Verdict, drive
from ._async_client import AsyncTandem
from ._cases import CallDetails
from ._client import Tandem
from ._errors import TandemError

__all__ = ["resolve", "run", "run_sync"]

_REQUESTS = TypeAdapter(DeferredToolRequests)


async def run(
    agent: Any,
    prompt: Any,
    t: Union[Tandem, AsyncTandem],
    *,
    loop: Loops,
    key: Optional[str] = None,
    store: Optional[Place] = None,
    options: Optional[Mapping[str, Any]] = None,
    consumer: Optional[str] = None,
    timeout: Optional[float] = None,
    **details: Unpack[CallDetails],
) -> Any:
    """Runs the agent to its end, asking people on the way; the last run's result.

    ``loop`` names the loop of the calls, or maps tools to loops. With ``key`` and ``store`` (a
    directory, or a mapping of texts) what waits is kept, and a process that runs it again under the
    same key takes it up. ``options`` go to ``agent.run``. A result whose output asks for calls that
    are executed elsewhere is returned as it is.

    A tool may read its grant in ``ctx.tool_call_metadata["tandem"]``.

    Raises whatever keeps a gate shut (`TandemUnavailable`, `Halted`, `WaitTimeout`, or `Conflict`
    where another process has the grant): the tool has not run then.
    """
    if store is not None and key is None:
        raise TandemError("name what is kept: give a key with the store")
    kept, name = Store(store), key or str(uuid.uuid4())
    given = dict(options or {})
    asking = Asking(loop, consumer, timeout, details)
    text = kept.load(name)
    if text is None:
        result = await agent.run(prompt, **given)
        requests, messages = result.output, result.all_messages()
    else:
        waiting = json.loads(text)
        result = None
        requests = _REQUESTS.validate_python(waiting["requests"])
        messages = ModelMessagesTypeAdapter.validate_python(waiting["messages"])
    given.pop("message_history", None)
    while isinstance(requests, DeferredToolRequests) and not requests.calls:
        waiting = {
            "requests": _REQUESTS.dump_python(requests, mode="json"),
            "messages": ModelMessagesTypeAdapter.dump_python(messages, mode="json"),
        }
        kept.save(name, json.dumps(waiting))
        results, verdicts = await _settle(requests, t, asking, name)
        began = t._settings.retry.clock()
        with _approvals.Granting(verdicts):
            result = await agent.run(
                message_history=messages, deferred_tool_results=results, **given
            )
        outcomes = _Outcomes(result.new_messages())
        await drive(t, _approvals.executed(t._settings, asking, verdicts, outcomes, began))
        requests, messages = result.output, result.all_messages()
    kept.drop(name)
    return result


def run_sync(agent: Any, prompt: Any, t: Tandem, **options: Any) -> Any:
    """`run` for code that blocks, with the same options."""
    return asyncio.run(run(agent, prompt, t, **options))


async def resolve(
    requests: DeferredToolRequests,
    t: Union[Tandem, AsyncTandem],
    *,
    loop: Loops,
    key: str,
    consumer: Optional[str] = None,
    timeout: Optional[float] = None,
    **details: Unpack[CallDetails],
) -> DeferredToolResults:
    """Asks people about the approvals; the results to run the agent with, once.

    ``key`` names the conversation: with the same one the same calls are the same cases.
    """
    asking = Asking(loop, consumer, timeout, details)
    results, _ = await _settle(requests, t, asking, key)
    return results


async def _settle(
    requests: DeferredToolRequests, t: Union[Tandem, AsyncTandem], asking: Asking, key: str
) -> Tuple[DeferredToolResults, List[Verdict]]:
    calls = {
        part.tool_call_id: ToolCall(
            f"{key}/{part.tool_call_id}", part.tool_name, part.args_as_dict()
        )
        for part in requests.approvals
    }
    await drive(t, _approvals.ask(t._settings, asking, list(calls.values())))
    verdicts = await drive(t, _approvals.settle(t._settings, asking, list(calls.values())))
    results = DeferredToolResults()
    for ident, verdict in zip(calls, verdicts):
        if verdict.granted is None:
            results.approvals[ident] = ToolDenied(verdict.message)
            continue
        override = verdict.arguments if verdict.edited else None
        results.approvals[ident] = ToolApproved(override_args=override)
        results.metadata[ident] = {
            "tandem": {"grant": verdict.granted.grant["grant"], "case": verdict.granted.case}
        }
    return results, verdicts


class _Outcomes:
    """What became of calls, by the parts that tools left."""

    def __init__(self, messages: List[Any]) -> None:
        self._parts: Dict[str, Any] = {
            part.tool_call_id: part
            for message in messages
            for part in message.parts
            if isinstance(part, (ToolReturnPart, RetryPromptPart))
        }

    def __call__(self, verdict: Verdict) -> Outcome:
        part = self._parts.get(verdict.call.key.rpartition("/")[2])
        outcome = getattr(part, "outcome", "retried")
        if part is None or outcome == "interrupted":
            return None, None
        return outcome == "success", part.content
