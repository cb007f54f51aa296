"""What a supervised run is made of, besides its state: how it starts, turns, and what is kept."""

from __future__ import annotations

import json
import traceback
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Dict, List, Mapping, Optional

from ._flow import Await, Call, Flow, encode

#: Bytes of a step's input or output that the server keeps.
LONGEST = 32_768
#: Seconds between two looks at what another thread may have changed unseen.
LOOK = 1.0


#: Called with the goal and constraints in force, after a redirection.
OnRedirect = Callable[[str, List[str]], Any]
#: Called with the number of a step and what counts as its result.
OnOverride = Callable[[int, Any], Any]


@dataclass(frozen=True)
class RunOptions:
    """How a run is started."""

    loop: str
    goal: str
    constraints: List[str] = field(default_factory=list)
    budget: Optional[Mapping[str, Any]] = None
    key: Optional[str] = None
    lease: Optional[float] = None
    stuck_after: Optional[float] = None
    on_redirect: Optional[OnRedirect] = None
    on_override: Optional[OnOverride] = None

    def start(self) -> Call:
        """The start, without an idempotency key: tried again, it takes over what it began.

        Its own key does that; the answer to a repeated request could not say whether another
        process had taken the run over in between.
        """
        body: Dict[str, Any] = {
            "loop": self.loop,
            "goal": self.goal,
            "constraints": list(self.constraints),
            "key": self.key or f"python-{uuid.uuid4()}",
        }
        if self.budget is not None:
            body["budget"] = dict(self.budget)
        for name, seconds in (("lease", self.lease), ("stuck_after", self.stuck_after)):
            if seconds is not None:
                body[name] = f"{round(seconds * 1000)}ms"
        return Call("POST", "/v1/runs", content=encode(body))


class Baton:
    """Lets one flow at a time do something that takes several steps."""

    def __init__(self, event: Callable[[], Any], lock: Any) -> None:
        self._free = event()
        self._lock = lock
        self._taken = False

    def take(self) -> Flow[None]:
        """Waits until nobody has it."""
        while True:
            with self._lock:
                if not self._taken:
                    self._taken = True
                    self._free.clear()
                    return
            yield Await(self._free, LOOK)

    def give(self) -> None:
        """Lets the next one."""
        with self._lock:
            self._taken = False
            self._free.set()


def reason_of(error: Optional[BaseException]) -> Optional[str]:
    """What is recorded of an exception: its kind and its place. Its text may hold anything."""
    if error is None:
        return None
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _full(kind)
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return name
    file = frames[-1].filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{name} at {file}:{frames[-1].lineno}"


def _full(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def kept(value: Any) -> Any:
    """A value as JSON, as much of it as the server keeps. ValueError for NaN."""
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    size = len(text.encode())
    if size > LONGEST - 1024:
        return {"shortened": text[:4096], "bytes": size}
    return json.loads(text)


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
