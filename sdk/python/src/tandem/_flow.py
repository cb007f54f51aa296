"""What a client does, apart from how it waits.

A *flow* is a generator that yields steps (`Call`: exchange one request, `Sleep`, `Await` an event,
`Tell` somebody's function) and returns a result. `Tandem` runs its steps by blocking, `AsyncTandem`
by awaiting; so retries, waiting, gates, runs and batches are written once. A step that finds no
server raises `Unreachable` into the flow.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Generator, Mapping, Optional, Tuple, TypeVar, Union

from ._config import Settings
from ._errors import ServerError, TandemUnavailable, api_error
from ._retry import RETRIED_STATUS, Attempts

T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One request. Its bytes are fixed, so every try of it is the same request."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    content: Optional[bytes] = None
    content_type: str = "application/json"
    idempotency_key: Optional[str] = None
    # Seconds that the server may hold the answer back.
    held: float = 0.0

    def headers(self) -> Dict[str, str]:
        """Headers besides those of every request."""
        headers = {}
        if self.content is not None:
            headers["Content-Type"] = self.content_type
        if self.idempotency_key is not None:
            headers["Idempotency-Key"] = self.idempotency_key
        return headers


@dataclass(frozen=True)
class Sleep:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True)
class Await:
    """Let time pass until an event is set: a `threading.Event`, or an `asyncio.Event` there."""

    event: Any
    seconds: float


@dataclass(frozen=True)
class Tell:
    """Call a function of the user's; what it returns is awaited where that can be."""

    function: Callable[..., Any]
    args: Tuple[Any, ...]


@dataclass(frozen=True)
class Reply:
    """A finished answer."""

    status: int
    body: bytes
    retry_after: Optional[float] = None


class Unreachable(Exception):
    """No connection, or it broke before the answer was complete."""


Step = Union[Call, Sleep, Await, Tell]
Flow = Generator[Step, Any, T]


def encode(body: Any) -> bytes:
    """JSON as sent: UTF-8, no NaN (ValueError), mappings with text keys."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def post(path: str, body: Any = None, params: Optional[Mapping[str, str]] = None) -> Call:
    """A POST with an idempotency key of its own: however often it is tried, it happens once."""
    content = encode({} if body is None else body)
    return Call("POST", path, params or {}, content, idempotency_key=str(uuid.uuid4()))


def get(path: str, params: Optional[Mapping[str, str]] = None, held: float = 0.0) -> Call:
    """A GET that the server may hold for `held` seconds."""
    return Call("GET", path, params or {}, held=held)


def exchange(call: Call, settings: Settings, patience: Optional[float] = None) -> Flow[Reply]:
    """Sends a call until it is answered. Raises `ApiError`, or `TandemUnavailable` after
    `patience` seconds (the client's, where absent) without a usable answer."""
    attempts = Attempts(settings.retry, settings.patience if patience is None else patience)
    while True:
        retry_after: Optional[float] = None
        cause: Exception
        try:
            reply: Reply = yield call
        except Unreachable as unreachable:
            cause = unreachable
        else:
            if 200 <= reply.status < 300:
                return reply
            cause = api_error(reply.status, reply.body)
            # A conflict that says when to come back passes by itself.
            passing = reply.status == 409 and reply.retry_after is not None
            if reply.status not in RETRIED_STATUS and not passing:
                raise cause
            retry_after = reply.retry_after
        delay = attempts.failed(retry_after)
        if delay is None:
            message = f"cannot use {settings.url}: {cause}"
            raise TandemUnavailable(message, retry_after) from cause
        yield Sleep(delay)


def fetch(call: Call, settings: Settings, patience: Optional[float] = None) -> Flow[Any]:
    """The JSON a call is answered with; None where the answer is empty."""
    reply = yield from exchange(call, settings, patience)
    if not reply.body:
        return None
    try:
        return json.loads(reply.body)
    except ValueError as error:
        detail = f"{call.method} {call.path} was not answered with JSON: {error}"
        raise ServerError(reply.status, "not_json", detail) from error
