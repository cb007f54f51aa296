"""LangGraph and LangChain agents whose interrupts are answered by people in Tandem.

>>> from tandem import Tandem, langgraph
>>> result = langgraph.invoke(  # doctest: +SKIP
...     agent, {"messages": [...]}, Tandem(), loop="refunds",
...     config={"configurable": {"thread_id": "order-7"}},
... )

Every interrupt that asks for a call of a tool becomes a case; the graph is resumed with what people
decided: as called, edited, rejected with their reason, or answered in the tool's place. Understood
are the interrupts of LangChain's ``HumanInTheLoopMiddleware`` (a batch, or one a call) and of Agent
Inbox (``action_request``). What else a graph asks for is left to the caller.

The graph needs a checkpointer. A process that died while people thought goes on with ``None`` as
input: the same interrupts are the same cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from langchain_core.messages import ToolMessage
from langgraph.types import Command, Interrupt
from typing_extensions import Unpack

from . import _approvals, _cases
from ._approvals import Asking, Loops, Outcome, ToolCall, Verdict
from ._async_client import AsyncTandem
from ._cases import CallDetails
from ._client import Tandem
from ._errors import TandemError

__all__ = ["ainvoke", "invoke"]

#: The decisions of LangChain's middleware.
_DECISIONS = ("approve", "edit", "reject", "respond")
#: What Agent Inbox may allow.
_INBOX = ("accept", "edit", "respond", "ignore")


def invoke(
    graph: Any,
    input: Any,
    t: Tandem,
    *,
    loop: Loops,
    config: Mapping[str, Any],
    consumer: Optional[str] = None,
    timeout: Optional[float] = None,
    inbox_strings: bool = False,
    **details: Unpack[CallDetails],
) -> Any:
    """Runs the graph to its end, asking people on the way; what its last `invoke` returns.

    ``loop`` names the loop of the calls, or maps tools to loops. With ``None`` as ``input`` the
    thread is taken up where it stands. ``timeout`` bounds every wait for people; the thread keeps
    its interrupts and may be taken up. Graphs that were written against the page of Agent Inbox may
    count on its quirk that every argument comes back as text; ``inbox_strings`` keeps to it.

    Raises whatever keeps a gate shut (`TandemUnavailable`, `Halted`, `WaitTimeout`, or `Conflict`
    where another process has the grant): the tool has not run then.
    """
    asking = Asking(loop, consumer, timeout, details)
    thread = _thread(config)
    settings = t._settings
    pending = _pending(graph.get_state(config), thread)
    _fresh(input, pending, thread)
    result = graph.invoke(input, config) if not pending else None
    while True:
        before = graph.get_state(config)
        pending = _pending(before, thread)
        if not pending:
            return graph.invoke(None, config) if result is None else result
        t._drive(_approvals.ask(settings, asking, [c for held in pending for c in held.calls]))
        held = pending[0]
        verdicts = t._drive(_approvals.settle(settings, asking, held.calls))
        began = settings.retry.clock()
        with _approvals.Granting(verdicts):
            result = graph.invoke(
                Command(resume={held.id: held.answer(verdicts, inbox_strings)}), config
            )
        outcomes = _Outcomes(before, graph.get_state(config))
        t._drive(_approvals.executed(settings, asking, verdicts, outcomes, began))


async def ainvoke(
    graph: Any,
    input: Any,
    t: AsyncTandem,
    *,
    loop: Loops,
    config: Mapping[str, Any],
    consumer: Optional[str] = None,
    timeout: Optional[float] = None,
    inbox_strings: bool = False,
    **details: Unpack[CallDetails],
) -> Any:
    """`invoke`, awaited."""
    asking = Asking(loop, consumer, timeout, details)
    thread = _thread(config)
    settings = t._settings
    pending = _pending(await graph.aget_state(config), thread)
    _fresh(input, pending, thread)
    result = await graph.ainvoke(input, config) if not pending else None
    while True:
        before = await graph.aget_state(config)
        pending = _pending(before, thread)
        if not pending:
            return await graph.ainvoke(None, config) if result is None else result
        calls = [call for held in pending for call in held.calls]
        await t._drive(_approvals.ask(settings, asking, calls))
        held = pending[0]
        verdicts = await t._drive(_approvals.settle(settings, asking, held.calls))
        began = settings.retry.clock()
        with _approvals.Granting(verdicts):
            answer: Any = Command(resume={held.id: held.answer(verdicts, inbox_strings)})
            result = await graph.ainvoke(answer, config)
        outcomes = _Outcomes(before, await graph.aget_state(config))
        await t._drive(_approvals.executed(settings, asking, verdicts, outcomes, began))


@dataclass(frozen=True)
class _Held:
    """An interrupt that asks for calls."""

    id: str
    form: str
    calls: List[ToolCall]
    #: By call: what the interrupt takes as an answer.
    allowed: List[Tuple[str, ...]]

    def answer(self, verdicts: Sequence[Verdict], inbox_strings: bool) -> Any:
        """What the graph is resumed with."""
        if self.form == "inbox":
            return [_inbox_answer(verdicts[0], self.allowed[0], inbox_strings)]
        decisions = [_decision(v, allowed) for v, allowed in zip(verdicts, self.allowed)]
        return decisions[0] if self.form == "call" else {"decisions": decisions}


class _Outcomes:
    """What became of calls, by the messages that tools left since."""

    def __init__(self, before: Any, after: Any) -> None:
        known = {_id_of(message) for message in _messages(before)}
        self._new = [
            message
            for message in _messages(after)
            if isinstance(message, ToolMessage) and _id_of(message) not in known
        ]
        self._told = bool(_messages(after))

    def __call__(self, verdict: Verdict) -> Outcome:
        if not self._told:
            # A graph without messages: it went on after the call without an exception.
            return True, None
        for message in self._new:
            if message.name == verdict.call.tool:
                self._new.remove(message)
                return message.status != "error", message.content
        return None, None


def _id_of(message: Any) -> Any:
    """Names a message of a thread."""
    return getattr(message, "id", None) or id(message)


def _messages(state: Any) -> List[Any]:
    values = state.values
    found = values.get("messages") if isinstance(values, Mapping) else None
    return list(found) if isinstance(found, list) else []


def _thread(config: Mapping[str, Any]) -> str:
    thread = (config.get("configurable") or {}).get("thread_id")
    if not thread:
        raise TandemError("give the graph a thread: config={'configurable': {'thread_id': …}}")
    return str(thread)


def _fresh(input: Any, pending: Sequence[_Held], thread: str) -> None:
    if pending and input is not None:
        raise TandemError(
            f"the thread {thread!r} waits for people: take it up with None as its input first"
        )


def _pending(state: Any, thread: str) -> List[_Held]:
    held = (_held(interrupt, thread) for interrupt in state.interrupts)
    return [one for one in held if one is not None]


def _held(interrupt: Interrupt[Any], thread: str) -> Optional[_Held]:
    """Reads an interrupt; None where it asks for something else."""
    value = interrupt.value
    key = f"{thread}/{interrupt.id}"
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Mapping):
        return None
    if "action_requests" in value:
        return _batch(interrupt.id, key, value)
    if value.get("type") == "tool_approval":
        kinds = _kinds(interrupt.response_schema) or _DECISIONS
        call = ToolCall(key, value["name"], dict(value["args"]), "edit" in kinds)
        return _Held(interrupt.id, "call", [call], [kinds])
    request = value.get("action_request")
    if isinstance(request, Mapping):
        config = value.get("config") or {}
        kinds = tuple(name for name in _INBOX if config.get(f"allow_{name}"))
        call = ToolCall(key, request["action"], dict(request["args"]), "edit" in kinds)
        return _Held(interrupt.id, "inbox", [call], [kinds])
    return None


def _batch(ident: str, key: str, value: Mapping[str, Any]) -> _Held:
    configs = {config["action_name"]: config for config in value.get("review_configs") or []}
    calls, allowed = [], []
    for number, request in enumerate(value["action_requests"]):
        config: Mapping[str, Any] = configs.get(request["name"], {})
        kinds = tuple(config.get("allowed_decisions") or _DECISIONS)
        editable = "edit" in kinds
        calls.append(ToolCall(f"{key}/{number}", request["name"], dict(request["args"]), editable))
        allowed.append(kinds)
    return _Held(ident, "batch", calls, allowed)


def _kinds(schema: Any) -> Tuple[str, ...]:
    """The decisions that a JSON Schema of answers allows, by the constants of their `type`."""
    found = set()

    def look(node: Any) -> None:
        if isinstance(node, Mapping):
            kind = (node.get("properties") or {}).get("type")
            if isinstance(kind, Mapping):
                found.update([kind.get("const"), *(kind.get("enum") or [])])
            for part in node.values():
                look(part)
        elif isinstance(node, list):
            for part in node:
                look(part)

    look(schema)
    return tuple(kind for kind in _DECISIONS if kind in found)


def _decision(verdict: Verdict, allowed: Tuple[str, ...]) -> Dict[str, Any]:
    """A decision of LangChain's middleware."""
    if verdict.kind == "run":
        if not verdict.edited and "approve" in allowed:
            return {"type": "approve"}
        action = {"name": verdict.call.tool, "args": verdict.arguments}
        return {"type": "edit", "edited_action": action}
    # A rejection says that nothing was done; only an answer may stand for a result.
    kinds = ("respond", "reject") if verdict.kind == "answer" else ("reject", "respond")
    for kind in kinds:
        if kind in allowed:
            return {"type": kind, "message": verdict.message}
    raise TandemError(
        f"{verdict.call.tool} was not allowed, and its interrupt takes neither `reject` nor "
        f"`respond`: {verdict.message}"
    )


def _inbox_answer(verdict: Verdict, allowed: Tuple[str, ...], strings: bool) -> Dict[str, Any]:
    """An answer in the form of Agent Inbox."""
    if verdict.kind == "run":
        arguments = verdict.arguments
        if strings:
            arguments = {name: _as_text(value) for name, value in arguments.items()}
        action = {"action": verdict.call.tool, "args": arguments}
        edit = verdict.edited or "accept" not in allowed
        return {"type": "edit" if edit else "accept", "args": action}
    # Only a response carries the reason.
    if "respond" in allowed or "ignore" not in allowed:
        return {"type": "response", "args": verdict.message}
    return {"type": "ignore", "args": None}


def _as_text(value: Any) -> str:
    """As the page of Agent Inbox sends it: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    # JavaScript writes a whole number without a fraction.
    whole = isinstance(value, float) and value.is_integer()
    return _cases.compact(int(value) if whole else value)
