"""Gates: a function that runs only with a consumed grant, with the arguments that were granted.

The loop of a gate has an answer field of the kind `action`, which knows the tool. What is proposed
is the call as it was made; what runs is what was decided. Input fields `tool` and `arguments`, and
those named like an argument, are filled from the call. (A loop with the input fields `tool` and
`arguments` and a form `arguments` as its answer is a gate, too, without what an action checks.)
"""

from __future__ import annotations

import contextvars
import inspect
import logging
import math
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional, Tuple, cast

from typing_extensions import Unpack

from . import _cases, _loops, _run
from ._cases import CallDetails, CaseDetails, Json
from ._config import Settings
from ._errors import (
    ApiError,
    CaseCancelled,
    GateAnswered,
    GateRejected,
    TandemError,
    WaitTimeout,
)
from ._flow import Flow, fetch, post
from ._run import Supervised
from ._types import Case, Decision, Grant

log = logging.getLogger("tandem")

#: Outcomes that open a gate.
OPEN = frozenset({"approved", "modified", "labelled"})
#: Refusals that mean: the decision changed between reading and consuming it.
CHANGED = frozenset({"digest_mismatch", "invalid_transition"})
#: How often a decision may change under a gate before the gate gives up.
ROUNDS = 8
#: Seconds between looks for changes that a reviewer wants.
REVISE_POLL = 2.0
#: Seconds between looks for orders while a gate of a run waits. A stop withdraws the case, which is
#: seen at once.
ORDERS_POLL = 3.0

#: What an agent proposes when a reviewer wants changes: from the note and the arguments as called,
#: the new arguments, or None to leave it to a person.
Revise = Callable[[str, Dict[str, Any]], Optional[Mapping[str, Any]]]

_grant: contextvars.ContextVar[Optional[Grant]] = contextvars.ContextVar("grant", default=None)


def current_grant() -> Optional[Grant]:
    """The grant under which the gated function runs; its `grant` is the id to drop repeats by."""
    return _grant.get()


def consume(settings: Settings, case: str, digest: str, consumer: str) -> Flow[Grant]:
    """The point of no return: the grant of the decision with this digest."""
    call = post(
        f"/v1/cases/{_cases.segment(case)}/consume", {"digest": digest, "consumer": consumer}
    )
    return cast(Grant, (yield from fetch(call, settings)))


@dataclass(frozen=True)
class Granted:
    """A call that may be executed now, once."""

    case: str
    decision: Decision
    grant: Grant
    arguments: Dict[str, Any]


class Edited(GateRejected):
    """Allowed with other arguments, which the asker cannot run."""

    def __init__(self, case: str, decision: Decision, arguments: Dict[str, Any]) -> None:
        super().__init__(case, decision)
        self.arguments = arguments


@dataclass(frozen=True)
class CallOptions:
    """How calls of a gated function are handed in."""

    loop: str
    tool: str
    run: Optional[str] = None
    call_id: Optional[str] = None
    consumer: Optional[str] = None
    timeout: Optional[float] = None
    details: CallDetails = field(default_factory=CallDetails)
    revise: Optional[Revise] = None
    #: The run that the gate was declared on; a gate of a client takes the one around the call.
    supervised: Optional[Supervised] = None
    #: Whether only the call as it was asked can be run: another one is not consumed.
    unchanged: bool = False

    def supervisor(self, settings: Settings) -> Optional[Supervised]:
        """The run whose orders the call obeys. A run that was named by hand is only a label."""
        if self.supervised is not None:
            return self.supervised
        around = _run.current.get()
        if self.run is None and around is not None and around.settings is settings:
            return around
        return None

    def body(self, arguments: Json, shape: Shape, run: Optional[str]) -> Dict[str, Any]:
        """The case of one call. Its key is run and call id, so a repeated call is the same case."""
        call = self.call_id or str(uuid.uuid4())
        key = f"{run}/{call}" if run else call
        details: CaseDetails = {**self.details, "key": key, "run": run}
        return _cases.case_body(
            shape.input(self.tool, arguments),
            {"output": shape.output(self.tool, arguments)},
            **details,
        )


@dataclass(frozen=True)
class Shape:
    """What a loop takes of a call."""

    inputs: FrozenSet[str]
    #: The action field; None for a form of arguments.
    field: Optional[str]
    executor: Optional[str]

    def input(self, tool: str, arguments: Json) -> Dict[str, Any]:
        known = {**arguments, "tool": tool, "arguments": dict(arguments)}
        return {name: known[name] for name in sorted(self.inputs) if name in known}

    def output(self, tool: str, arguments: Json) -> Dict[str, Any]:
        if self.field is None:
            return {"arguments": dict(arguments)}
        return {self.field: {"tool": tool, "arguments": dict(arguments)}}


def shape_of(settings: Settings, options: CallOptions) -> Flow[Shape]:
    """Reads what the loop takes of a call."""
    view = yield from fetch(_loops.read(options.loop, None), settings)
    spec: Dict[str, Any] = view["spec"]
    for name, answer in spec["answer"].items():
        if answer["kind"] == "action":
            executor = answer["tools"].get(options.tool, {}).get("executor")
            return Shape(frozenset(spec["input"]), name, executor)
    return Shape(frozenset(spec["input"]), None, None)


def ask(settings: Settings, options: CallOptions, arguments: Json) -> Flow[Tuple[Case, Shape]]:
    """Hands a call in and does not wait. Asked again by its call id it is the same case."""
    shape = yield from shape_of(settings, options)
    run = options.supervisor(settings)
    label = options.run if run is None else run.id
    body = options.body(arguments, shape, label)
    return (yield from _submitted(settings, options.loop, body, run)), shape


def authorise(settings: Settings, options: CallOptions, arguments: Json) -> Flow[Granted]:
    """Asks for a call and waits; returns only with a consumed grant."""
    submitted, shape = yield from ask(settings, options, arguments)
    run = options.supervisor(settings)
    # A consumer of its own for every attempt: if this process dies between the grant and the
    # call, another one is refused rather than executing twice.
    own = f"{shape.executor}/" if shape.executor else "python-"
    consumer = options.consumer or f"{own}{uuid.uuid4()}"
    case = submitted["id"]
    for _ in range(ROUNDS):
        if run is not None:
            yield from run.check()
        decision = yield from _decided(settings, submitted, options, (arguments, shape), run)
        _open(case, decision, shape, arguments if options.unchanged else None)
        try:
            # Between the decision and the grant the run may have been told something else.
            if run is not None:
                yield from run.check()
            grant = yield from consume(settings, case, decision["digest"], consumer)
        except ApiError as refused:
            if refused.code not in CHANGED:
                if run is None:
                    raise
                yield from run.heed(refused)
            submitted = cast(Case, {**submitted, "decision": None})
            continue
        return Granted(case, decision, grant, _arguments(case, grant))
    raise TandemError(f"the decision of {case} changed {ROUNDS} times while it was consumed")


def _open(case: str, decision: Decision, shape: Shape, unchanged: Optional[Json]) -> None:
    """Raises where the decision does not allow the call."""
    if decision["outcome"] not in OPEN:
        raise GateRejected(case, decision)
    output = decision.get("output") or {}
    call = output if shape.field is None else output.get(shape.field) or {}
    answered = call.get("respond")
    if answered is not None and shape.field is not None:
        raise GateAnswered(case, decision, answered)
    arguments = call.get("arguments") or {}
    if unchanged is not None and arguments != dict(unchanged):
        raise Edited(case, decision, arguments)


def _submitted(
    settings: Settings, loop: str, body: Dict[str, Any], run: Optional[Supervised]
) -> Flow[Case]:
    """Hands the call in. A gate of a run obeys first, and again whenever it is refused for that."""
    if run is None:
        return (yield from _cases.submit(settings, loop, body))
    while True:
        yield from run.check()
        try:
            return (yield from _cases.submit(settings, loop, {**body, "run_epoch": run.epoch}))
        except ApiError as refused:
            yield from run.heed(refused)


def _decided(
    settings: Settings,
    submitted: Case,
    options: CallOptions,
    call: Tuple[Json, Shape],
    run: Optional[Supervised],
) -> Flow[Decision]:
    """The decision in force; meanwhile what reviewers and the run's orders want is done."""
    found = _cases.finished(submitted)
    if found is not None:
        return found
    case = submitted["id"]
    if run is None and options.revise is None:
        return (yield from _cases.wait(settings, case, options.timeout))
    clock = settings.retry.clock
    deadline = math.inf if options.timeout is None else clock() + options.timeout
    poll = ORDERS_POLL if options.revise is None else REVISE_POLL
    attempt = 0
    while True:
        if run is not None:
            # Waiting is no work: a run that is told to pause has paused here.
            yield from run.obey()
        try:
            return (yield from _cases.wait(settings, case, min(poll, max(0.0, deadline - clock()))))
        except WaitTimeout:
            if clock() >= deadline:
                raise WaitTimeout(case, options.timeout or 0.0) from None
        except CaseCancelled:
            if run is not None:
                # Withdrawn because the run was told to stop? That says more.
                yield from run.beat(0.0, None)
                yield from run.obey()
            raise
        if options.revise is not None:
            attempt = yield from _revised(settings, case, options, call, attempt)


def _arguments(case: str, grant: Grant) -> Dict[str, Any]:
    granted: Any = grant["arguments"]
    if not grant.get("tool"):
        granted = granted.get("arguments")
    if not isinstance(granted, dict):
        raise TandemError(f"the grant of {case} has no `arguments`: is its loop one for gates?")
    return granted


def _revised(
    settings: Settings, case: str, options: CallOptions, call: Tuple[Json, Shape], attempt: int
) -> Flow[int]:
    """Proposes again where a reviewer wants changes. The newest attempt that was looked at."""
    assert options.revise is not None
    arguments, shape = call
    found = yield from _cases.read(settings, case)
    wanted = found.get("changes_wanted")
    if wanted is None or wanted["attempt"] <= attempt:
        return attempt
    revised = options.revise(wanted.get("note") or "", dict(arguments))
    if revised is not None:
        body = {"output": shape.output(options.tool, revised)}
        yield from fetch(post(f"/v1/cases/{_cases.segment(case)}/proposals", body), settings)
    return int(wanted["attempt"])


def executed(settings: Settings, granted: Granted, succeeded: bool) -> Flow[None]:
    """Tells what became of the execution. Never raises: the function has run either way."""
    case = granted.case
    body = {
        "source": "system",
        "execution": "succeeded" if succeeded else "failed",
        "grant": granted.grant["grant"],
        "occurred_at": _cases.timestamp(datetime.now(timezone.utc)),
    }
    try:
        yield from fetch(post(f"/v1/cases/{_cases.segment(case)}/outcomes", body), settings)
    except TandemError as error:
        log.warning("the execution of %s was not recorded: %s", case, error)


def noted(
    settings: Settings, options: CallOptions, granted: Granted, output: Any, began: float
) -> None:
    """Makes the call a step of its run. Never raises: the function has run either way."""
    run = options.supervisor(settings)
    if run is None:
        return
    failed = isinstance(output, BaseException)
    result = {"error": type(output).__qualname__} if failed else output
    elapsed = round((settings.retry.clock() - began) * 1000)
    try:
        run.step("tool_call", options.tool, granted.arguments, result, failed, 0.0, elapsed)
    except (TandemError, ValueError) as error:
        log.warning("a step of %s was not recorded: %s", run.id, error)


class Arguments:
    """Between a function's parameters and the JSON object that people see."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._signature = inspect.signature(function)
        kinds = {p.kind for p in self._signature.parameters.values()}
        if inspect.Parameter.VAR_POSITIONAL in kinds:
            raise TypeError("a gated function takes no *args: people must see names")

    def bind(self, args: Any, kwargs: Mapping[str, Any]) -> Dict[str, Any]:
        """The arguments of a call by name, defaults filled in. TypeError as for a plain call."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        named: Dict[str, Any] = {}
        for name, value in bound.arguments.items():
            if self._signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                named.update(value)
            else:
                named[name] = value
        return named

    def unbind(
        self, asked: Mapping[str, Any], granted: Mapping[str, Any]
    ) -> inspect.BoundArguments:
        """A call with the granted arguments. TandemError where they do not fit the function."""
        positional, named = [], dict(granted)
        for name, value in granted.items():
            # JSON has one kind of number: 80.0 comes back as 80.
            if type(asked.get(name)) is float and type(value) is int:
                named[name] = float(value)
        for name, parameter in self._signature.parameters.items():
            if parameter.kind is inspect.Parameter.POSITIONAL_ONLY and name in named:
                positional.append(named.pop(name))
        try:
            return self._signature.bind(*positional, **named)
        except TypeError as error:
            raise TandemError(f"the granted arguments do not fit the function: {error}") from error


def call_options(
    loop: str,
    function: Callable[..., Any],
    tool: Optional[str],
    run: Optional[str],
    consumer: Optional[str],
    timeout: Optional[float],
    revise: Optional[Revise] = None,
    supervised: Optional[Supervised] = None,
    **details: Unpack[CallDetails],
) -> CallOptions:
    """Options of a gate, checked when it is declared rather than when it is called."""
    if "key" in details:
        raise TypeError("the key of a gated call is its run and call id")
    _cases.case_body({}, None, **details)
    name = tool or getattr(function, "__name__", None)
    if not name:
        raise TypeError("name the tool: gate(loop, tool=…)")
    return CallOptions(loop, name, run, None, consumer, timeout, details, revise, supervised)
