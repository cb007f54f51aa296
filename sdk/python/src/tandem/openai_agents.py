"""OpenAI Agents whose calls of tools are approved by people in Tandem.

>>> import tandem.openai_agents
>>> refund = tandem.openai_agents.gated(refund)  # a function, or a function tool  # doctest: +SKIP
>>> result = tandem.openai_agents.run_with_approvals_sync(  # doctest: +SKIP
...     agent, "pay back order 7", Tandem(), loop="refunds", key="order-7", store="waiting"
... )

A run is interrupted by tools that need approval; what people decide is put into its state, and it
goes on. ``gated`` makes such a tool and closes it from inside, too: it runs only with a grant, with
the arguments that were granted. Tools with the SDK's own ``needs_approval`` work as well; their
arguments cannot be changed, so an edit is told to the model as a rejection that says which call
would be allowed.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import json
import uuid
from typing import Any, Callable, Dict, Mapping, Optional, Union

from agents import (
    Agent,
    FunctionTool,
    RunContextWrapper,
    Runner,
    RunState,
    default_tool_error_function,
    function_tool,
)
from typing_extensions import Unpack

from . import _approvals, _cases, _gate
from ._approvals import Asking, Loops, Outcome, Place, Store, ToolCall, Verdict, drive
from ._async_client import AsyncTandem
from ._cases import CallDetails
from ._client import Tandem
from ._errors import TandemError

__all__ = ["gated", "needs_approval", "run_with_approvals", "run_with_approvals_sync"]

#: Set on tools that take the granted arguments in place of the model's.
_MARK = "_tandem_gated"

#: What the SDK tells the model of a tool that raised, unless the tool says otherwise.
_FAILED = default_tool_error_function(RunContextWrapper(None), Exception())

#: By the id of a call: its verdict, while the calls of one answer are run.
_verdicts: contextvars.ContextVar[Optional[Dict[str, Verdict]]] = contextvars.ContextVar(
    "verdicts", default=None
)
#: By the id of a call: what became of it.
_outcomes: contextvars.ContextVar[Optional[Dict[str, Outcome]]] = contextvars.ContextVar(
    "outcomes", default=None
)


async def run_with_approvals(
    agent: Agent[Any],
    input: Any,
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
    directory, or a mapping of texts, that only you can write) the state of the run is kept while it
    waits, and a process that runs it again under the same key takes it up. ``options`` go to
    ``Runner.run``.

    Raises whatever keeps a gate shut (`TandemUnavailable`, `Halted`, `WaitTimeout`, or `Conflict`
    where another process has the grant): the tool has not run then.
    """
    if store is not None and key is None:
        raise TandemError("name what is kept: give a key with the store")
    kept, name = Store(store), key or str(uuid.uuid4())
    given = dict(options or {})
    asking = Asking(loop, consumer, timeout, details)
    text = kept.load(name)
    result: Any = None
    if text is None:
        result = await Runner.run(agent, input, **given)
        state = result.to_state() if result.interruptions else None
    else:
        state = await RunState.from_string(agent, text)
    # What the state holds of the context is enough from here on.
    given.pop("context", None)
    while state is not None:
        kept.save(name, state.to_string())
        items = {_call_id(item): item for item in state.get_interruptions()}
        calls = [_tool_call(name, ident, item) for ident, item in items.items()]
        await drive(t, _approvals.ask(t._settings, asking, calls))
        verdicts = await drive(t, _approvals.settle(t._settings, asking, calls))
        for item, verdict in zip(items.values(), verdicts):
            if verdict.granted is not None:
                state.approve(item)
            else:
                state.reject(item, rejection_message=verdict.message)
        began = t._settings.retry.clock()
        result = await _resumed(agent, state, dict(zip(items, verdicts)), given, began, asking, t)
        state = result.to_state() if result.interruptions else None
    kept.drop(name)
    return result


def run_with_approvals_sync(agent: Agent[Any], input: Any, t: Tandem, **options: Any) -> Any:
    """`run_with_approvals` for code that blocks, with the same options."""
    return asyncio.run(run_with_approvals(agent, input, t, **options))


async def _resumed(
    agent: Agent[Any],
    state: Any,
    verdicts: Dict[str, Verdict],
    given: Mapping[str, Any],
    began: float,
    asking: Asking,
    t: Union[Tandem, AsyncTandem],
) -> Any:
    outcomes: Dict[str, Outcome] = {}
    tokens = _verdicts.set(verdicts), _outcomes.set(outcomes)
    result: Any = None
    try:
        with _approvals.Granting(list(verdicts.values())):
            result = await Runner.run(agent, state, **given)
        return result
    finally:
        _verdicts.reset(tokens[0])
        _outcomes.reset(tokens[1])
        by_key = {verdict.call.key: ident for ident, verdict in verdicts.items()}
        told = _told(result)

        def outcome(verdict: Verdict) -> Outcome:
            ident = by_key[verdict.call.key]
            return outcomes.get(ident) or told.get(ident) or (None, None)

        flow = _approvals.executed(t._settings, asking, list(verdicts.values()), outcome, began)
        await drive(t, flow)


def _told(result: Any) -> Dict[str, Outcome]:
    """Outputs of tools that are not `gated`."""
    found: Dict[str, Outcome] = {}
    for item in result.new_items if result is not None else []:
        if getattr(item, "type", "") == "tool_call_output_item":
            raw = item.raw_item
            ident = raw.get("call_id") if isinstance(raw, Mapping) else None
            if ident:
                found[ident] = (item.output != _FAILED, item.output)
    return found


def gated(tool: Union[FunctionTool, Callable[..., Any]]) -> FunctionTool:
    """A tool that needs approval, and runs only with a grant and with what was granted.

    Where it is run some other way (`Runner.run`, `state.approve` by hand), it refuses.
    """
    whole = tool if isinstance(tool, FunctionTool) else function_tool(tool)
    invoke = whole.on_invoke_tool

    async def on_invoke_tool(context: Any, arguments: str) -> Any:
        verdict = (_verdicts.get() or {}).get(context.tool_call_id)
        if verdict is None or verdict.granted is None:
            raise TandemError(f"{whole.name} was called without a grant: it was not run")
        outcomes = _outcomes.get()
        token = _gate._grant.set(verdict.granted.grant)
        try:
            output = await invoke(context, json.dumps(verdict.arguments))
        except Exception:
            if outcomes is not None:
                outcomes[context.tool_call_id] = (False, None)
            raise
        finally:
            _gate._grant.reset(token)
        if outcomes is not None:
            outcomes[context.tool_call_id] = (output != _FAILED, output)
        if verdict.edited and isinstance(output, str):
            changed = _cases.compact(verdict.arguments)
            return f"A person changed the arguments of this call to {changed}. Output: {output}"
        return output

    closed = dataclasses.replace(whole, on_invoke_tool=on_invoke_tool, needs_approval=True)
    setattr(closed, _MARK, True)
    return closed


def needs_approval(rule: Callable[[Dict[str, Any]], bool]) -> Callable[..., Any]:
    """A rule over the arguments for the SDK's ``needs_approval``, which asks where the rule fails.

    >>> @function_tool(needs_approval=needs_approval(lambda a: a["amount"] > 20))  # doctest: +SKIP
    """

    async def asked(context: Any, arguments: Dict[str, Any], call_id: str) -> bool:
        try:
            return bool(rule(arguments))
        except Exception:
            return True

    return asked


def _call_id(item: Any) -> str:
    raw = item.raw_item
    found = raw.get("call_id") if isinstance(raw, Mapping) else getattr(raw, "call_id", None)
    if not found:
        raise TandemError(f"a call of {item.tool_name} has no id: it cannot be named")
    return str(found)


def _tool_call(key: str, ident: str, item: Any) -> ToolCall:
    raw = item.raw_item
    text = raw.get("arguments") if isinstance(raw, Mapping) else getattr(raw, "arguments", None)
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        raise TandemError(f"the arguments of {item.tool_name} are no JSON object: it is not run")
    tool = item.tool_name or "unnamed"
    found = [one for one in getattr(item.agent, "tools", None) or [] if one.name == tool]
    # Only where it is certain that the tool takes the granted arguments may they be others.
    editable = bool(found) and all(getattr(one, _MARK, False) for one in found)
    return ToolCall(f"{key}/{ident}", tool, arguments, editable)
