"""Calls of tools that a framework holds back until somebody allows them.

The frameworks' own modules (`langgraph`, `openai_agents`, `pydantic_ai`) read what is held back and
say to the framework what became of it; what lies between is here.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    List,
    Mapping,
    MutableMapping,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

from typing_extensions import Literal

from . import _cases, _gate
from ._async_client import AsyncTandem
from ._cases import CallDetails
from ._client import Tandem
from ._config import Settings
from ._errors import GateAnswered, GateRejected, InvalidInput, TandemError
from ._flow import Flow
from ._gate import CallOptions, Granted
from ._types import Decision

#: The loop of every call, of each tool by its name, or a function from the tool's name.
Loops = Union[str, Mapping[str, str], Callable[[str], str]]

#: Where states are kept that wait for people.
Place = Union[str, "os.PathLike[str]", MutableMapping[str, str]]
T = TypeVar("T")

#: Longest key of a case that is kept readable.
READABLE = 120


@dataclass(frozen=True)
class ToolCall:
    """A call that is held back."""

    #: Names it for good: asked again by it, also after a restart, it is the same case.
    key: str
    tool: str
    arguments: Dict[str, Any]
    #: Whether other arguments than these can be run.
    editable: bool = True


@dataclass(frozen=True)
class Verdict:
    """What became of a call. Only one of the kind `run` may be run, once."""

    call: ToolCall
    kind: Literal["run", "reject", "answer"]
    #: For the model: why it was not run, or what a person answered in its place.
    message: str = ""
    granted: Optional[Granted] = None

    @property
    def arguments(self) -> Dict[str, Any]:
        """What may be run."""
        if self.granted is None:
            raise TandemError("a call that was not allowed has no arguments to run")
        return self.granted.arguments

    @property
    def edited(self) -> bool:
        """Whether a person changed the arguments."""
        return self.granted is not None and self.granted.arguments != self.call.arguments


@dataclass(frozen=True)
class Asking:
    """How held back calls are handed in."""

    loop: Loops
    consumer: Optional[str] = None
    timeout: Optional[float] = None
    details: CallDetails = field(default_factory=CallDetails)

    def options(self, call: ToolCall) -> CallOptions:
        """The gate of a call. TandemError where its tool has no loop: it does not run then."""
        if isinstance(self.loop, str):
            loop: Optional[str] = self.loop
        elif callable(self.loop):
            loop = self.loop(call.tool)
        else:
            loop = self.loop.get(call.tool)
        if not loop:
            raise TandemError(f"no loop is named for the tool {call.tool!r}: it is not run")
        key = call.key
        if len(key) > READABLE:
            key = f"{key[:40]}-{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        return CallOptions(
            loop,
            call.tool,
            call_id=key,
            consumer=self.consumer,
            timeout=self.timeout,
            details=self.details,
            unchanged=not call.editable,
        )


def ask(settings: Settings, asking: Asking, calls: Sequence[ToolCall]) -> Flow[None]:
    """Hands every call in, so that people see all of them at once."""
    for call in calls:
        try:
            yield from _gate.ask(settings, asking.options(call), call.arguments)
        except InvalidInput as unfit:
            # Told to the model when the others are settled.
            _mend(call, unfit)


def settle(settings: Settings, asking: Asking, calls: Sequence[ToolCall]) -> Flow[List[Verdict]]:
    """Waits for every call, and takes the grants of those that were allowed.

    Raises whatever says that nobody can tell now: unreachable, halted, timed out, cancelled,
    stopped, or granted to another. Nothing may be run then.
    """
    verdicts = []
    for call in calls:
        verdicts.append((yield from _verdict(settings, asking, call)))
    return verdicts


def _verdict(settings: Settings, asking: Asking, call: ToolCall) -> Flow[Verdict]:
    try:
        granted = yield from _gate.authorise(settings, asking.options(call), call.arguments)
    except GateAnswered as answered:
        return Verdict(call, "answer", answered.answer)
    except _gate.Edited as edited:
        message = (
            f"The call of {call.tool} was not run as it was made. A person would allow it with "
            f"these arguments: {_cases.compact(edited.arguments)}"
        )
        return Verdict(call, "reject", message)
    except InvalidInput as unfit:
        return Verdict(call, "reject", _mend(call, unfit))
    except GateRejected as rejected:
        said = yield from _comments(settings, rejected.case, rejected.decision)
        return Verdict(call, "reject", _reason(call.tool, rejected.decision, said))
    return Verdict(call, "run", granted=granted)


def _mend(call: ToolCall, unfit: InvalidInput) -> str:
    """What the model reads of arguments that its tool does not take; raises anything else."""
    _, found, place = (unfit.path or "").partition("/arguments")
    if not found:
        raise unfit
    where = f" at {place}" if place else ""
    return f"The call of {call.tool} was not run: {unfit.detail}{where}."


def _comments(settings: Settings, case: str, decision: Decision) -> Flow[List[str]]:
    """What those who decided wrote."""
    found = yield from _cases.read(settings, case)
    return [
        str(judgment["comment"])
        for judgment in found.get("judgments") or []
        if judgment["id"] in decision["judgments"] and judgment.get("comment")
    ]


def _reason(tool: str, decision: Decision, said: Sequence[str]) -> str:
    """A rejection as the model reads it."""
    who = {
        "people": f"A person rejected the call of {tool}",
        "deadline": f"Nobody allowed the call of {tool} in time",
    }.get(decision["by"], f"The policy does not allow the call of {tool}")
    codes = ", ".join(code.replace("_", " ") for code in decision.get("reason_codes") or [])
    parts = [f"{who}: {codes}" if codes else who, *said, "It was not run"]
    return " ".join(f"{part.rstrip('.')}." for part in parts)


#: Whether a call was executed well, where that is known, and what came out.
Outcome = Tuple[Optional[bool], Any]


def executed(
    settings: Settings,
    asking: Asking,
    verdicts: Sequence[Verdict],
    outcome: Callable[[Verdict], Outcome],
    began: float,
) -> Flow[None]:
    """Tells what became of the calls that were run, also to the run around them.

    Where nobody knows, nothing is told: the case raises `execution_unknown` and somebody looks.
    """
    for verdict in verdicts:
        if verdict.granted is None:
            continue
        well, output = outcome(verdict)
        if well is None:
            continue
        options = asking.options(verdict.call)
        shown = output if well else TandemError("the tool failed")
        _gate.noted(settings, options, verdict.granted, shown, began)
        yield from _gate.executed(settings, verdict.granted, well)


class Granting:
    """Lets `current_grant` tell the grant while exactly one call is run."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        found = [verdict.granted for verdict in verdicts if verdict.granted is not None]
        self._grant = found[0].grant if len(found) == 1 else None

    def __enter__(self) -> None:
        self._token = _gate._grant.set(self._grant)

    def __exit__(self, *error: object) -> None:
        _gate._grant.reset(self._token)


class Store:
    """Where what waits is kept by key: a directory, or any mapping of texts."""

    def __init__(self, place: Optional[Place]) -> None:
        self._texts: Optional[MutableMapping[str, str]] = None
        self._directory: Optional[Path] = None
        if isinstance(place, (str, os.PathLike)):
            self._directory = Path(place)
        else:
            self._texts = {} if place is None else place

    def load(self, key: str) -> Optional[str]:
        """What was kept."""
        if self._texts is not None:
            return self._texts.get(key)
        try:
            return self._file(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def save(self, key: str, text: str) -> None:
        """Keeps a text, whole or not at all, for nobody else's eyes."""
        if self._texts is not None:
            self._texts[key] = text
            return
        file = self._file(key)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)

    def drop(self, key: str) -> None:
        """Forgets a text."""
        if self._texts is not None:
            self._texts.pop(key, None)
            return
        with suppress(FileNotFoundError):
            self._file(key).unlink()

    def _file(self, key: str) -> Path:
        assert self._directory is not None
        return self._directory / f"{hashlib.sha256(key.encode()).hexdigest()}.json"


async def drive(client: Union[Tandem, AsyncTandem], flow: Flow[T]) -> T:
    """Runs a flow with either twin; the one that blocks does so in a thread."""
    if isinstance(client, AsyncTandem):
        return await client._drive(flow)
    return await asyncio.to_thread(client._drive, flow)
