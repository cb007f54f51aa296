"""Answers that are read as they come: events and exports."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, cast

import httpx

from ._cases import segment
from ._config import Settings
from ._errors import ServerError, api_error
from ._flow import Call, get
from ._retry import RETRIED_STATUS
from ._sse import Decoder, Lines, ServerSentEvent
from ._types import Event

#: Seconds without a byte, heartbeats included, after which an event stream counts as broken.
SILENCE = 45.0


class EventStream:
    """Where an event stream stands, over its reconnections."""

    def __init__(
        self,
        loop: Optional[str],
        kind: Optional[str],
        case: Optional[str],
        after: Optional[int],
        latest: bool,
    ) -> None:
        wanted = {"loop": loop, "kind": kind, "case": case}
        self._params = {name: value for name, value in wanted.items() if value is not None}
        self._latest = latest
        self._decoder = Decoder(None if after is None else str(after))
        self._lines = Lines()

    def call(self) -> Call:
        """The request that begins or resumes the stream."""
        self._decoder.reset()
        self._lines = Lines()
        params = dict(self._params)
        if self._decoder.last_id is not None:
            params["after"] = self._decoder.last_id
        elif self._latest:
            params["from"] = "latest"
        return get("/v1/events", params)

    def headers(self) -> Dict[str, str]:
        """Headers of that request."""
        headers = {"Accept": "text/event-stream"}
        if self._decoder.last_id is not None:
            headers["Last-Event-ID"] = self._decoder.last_id
        return headers

    def feed(self, chunk: bytes) -> List[Event]:
        """The events that `chunk` completes."""
        found = (self._decoder.feed(line) for line in self._lines.feed(chunk))
        return [parse(event) for event in found if event is not None and event.data]


def parse(event: ServerSentEvent) -> Event:
    """The event in the data of a server-sent event."""
    try:
        return cast(Event, json.loads(event.data))
    except ValueError as error:
        raise ServerError(200, "not_json", f"event {event.id} is not JSON: {error}") from error


def export_call(loop: str, kind: str, format: str, max_ai_share: Optional[float] = None) -> Call:
    """Begins an export."""
    path = f"/v1/loops/{segment(loop)}/exports/{segment(kind)}"
    share = {} if max_ai_share is None else {"max_ai_share": str(max_ai_share)}
    return get(path, {"format": format, **share})


def row(line: str) -> Dict[str, Any]:
    """A line of an export."""
    try:
        return cast(Dict[str, Any], json.loads(line))
    except ValueError as error:
        raise ServerError(200, "not_json", f"a line of the export is not JSON: {error}") from error


def passing(status: int, body: bytes) -> Exception:
    """What a refused stream failed with, to be tried again. Raises where that cannot help."""
    error = api_error(status, body)
    if status not in RETRIED_STATUS:
        raise error
    return error


def timeouts(settings: Settings, read: float) -> httpx.Timeout:
    """Limits of one exchange; callers parked in long polls never wait for a free connection."""
    return httpx.Timeout(settings.timeout, read=read, pool=None)
