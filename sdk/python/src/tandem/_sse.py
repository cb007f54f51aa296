"""Server-sent events: lines in, events out (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class ServerSentEvent:
    """One event as it was sent."""

    id: Optional[str]
    event: str
    data: str


class Decoder:
    """Feeds on lines without their ends; remembers the last id for resuming."""

    def __init__(self, last_id: Optional[str] = None) -> None:
        self.last_id = last_id
        self._next_id = last_id
        self.reset()

    def reset(self) -> None:
        """Forgets a half event: its connection broke."""
        self._event = ""
        self._data: List[str] = []
        self._next_id = self.last_id

    def feed(self, line: str) -> Optional[ServerSentEvent]:
        """Takes one line; an event when the line ends one."""
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._next_id = value
        return None

    def _dispatch(self) -> Optional[ServerSentEvent]:
        self.last_id = self._next_id
        if not self._data:
            self._event = ""
            return None
        event = ServerSentEvent(self.last_id, self._event or "message", "\n".join(self._data))
        self._event, self._data = "", []
        return event


class Lines:
    """Bytes in, lines out. Ends are LF or CRLF alone: U+2028 and its like are text."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> List[str]:
        """The lines that `chunk` completes, without their ends."""
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        return [line.rstrip(b"\r").decode("utf-8", "replace") for line in whole]

    def end(self) -> str:
        """What stands after the last line end."""
        rest, self._rest = self._rest, b""
        return rest.decode("utf-8", "replace")
