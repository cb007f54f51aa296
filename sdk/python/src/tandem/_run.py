"""What a supervised run does, apart from how it waits.

The agent's own thread (or task) reports steps and obeys: `Supervised.check` is where orders take
effect, so that what was acknowledged was obeyed. Beside it, `beating` keeps the lease and fetches
orders, and `flushing` sends the steps; neither obeys anything.
"""

from __future__ import annotations

import contextvars
import logging
import threading
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, cast

from typing_extensions import Literal

from . import _cases
from ._config import Settings
from ._errors import (
    ApiError,
    Forbidden,
    InvalidInput,
    NotFound,
    RunLost,
    RunOver,
    RunStopped,
    TandemError,
    TandemUnavailable,
    Unauthenticated,
)
from ._flow import Await, Call, Flow, Sleep, Tell, encode, fetch, get, post
from ._generated import Run as RunView
from ._generated import RunStanding
from ._retry import Attempts
from ._run_parts import LOOK, Baton, RunOptions, kept, reason_of, time_of

log = logging.getLogger("tandem")

StepKind = Literal["plan", "tool_call", "observation", "output"]

#: States in which nothing more happens.
FINAL = frozenset({"stopped", "finished", "failed"})
#: Steps of one report; the server takes 100.
BATCH = 50
#: Bytes of one report, beyond its first step.
BATCH_BYTES = 262_144
#: Seconds that a report waits for more steps.
GATHER = 0.2
#: Steps that wait in memory while the server cannot be reached.
MOST_WAITING = 10_000


class Supervised:
    """A run, as both twins have it. `event` makes a `threading.Event` or an `asyncio.Event`."""

    def __init__(self, settings: Settings, options: RunOptions, event: Callable[[], Any]) -> None:
        self.settings = settings
        self.options = options
        self.id = ""
        self.goal = options.goal
        self.constraints = list(options.constraints)
        self.overrides: Dict[int, Any] = {}
        #: The newest control that was obeyed.
        self.epoch = 0
        self.state = "running"
        #: A halt over its loop or over everything: `scope`, `reason`, `at`.
        self.halt: Optional[Mapping[str, Any]] = None
        self.closing = False
        self._lock = threading.RLock()
        self._known: Tuple[int, int] = (0, 0)
        self._pending: List[Mapping[str, Any]] = []
        self._lost: Optional[str] = None
        self._stopped: Optional[str] = None
        self._taken = 0
        self._lease = 30.0
        self._contact = 0.0
        self._steps = 0
        self._waiting: List[Dict[str, Any]] = []
        self._report: Optional[Tuple[Call, int]] = None
        self._changed = event()
        self._obeyed = event()
        self._work = event()
        self._report_baton = Baton(event, self._lock)
        self._order_baton = Baton(event, self._lock)

    # Starting and ending

    def start(self) -> Flow[None]:
        """Starts the run, or takes it over. Raises `RunOver` where it has ended."""
        view = cast(RunView, (yield from fetch(self.options.start(), self.settings)))
        self.id, self.state = view["id"], view["state"]
        if self.state in FINAL:
            raise RunOver(self.id, self.state)
        self.epoch = view["obeyed"]
        self._taken = view["epoch"]
        self._steps = view["used"]["steps"]
        self._instruct(view["instruction"])
        until = view.get("lease_until")
        if until:
            self._lease = (time_of(until) - time_of(view["seen_at"])).total_seconds()
        self._note(view["state"], view["epoch"], view["obeyed"], view["pending"])
        yield from self._recall()

    def _recall(self) -> Flow[None]:
        """What counts as the result of earlier steps, for a process that took the run over."""
        if not self._steps:
            return
        after = 0
        while True:
            path = f"/v1/runs/{self.id}/controls"
            page = yield from fetch(get(path, {"after": str(after)}), self.settings)
            for control in page["items"]:
                # Those that nobody obeyed yet are obeyed, not recalled.
                if control["kind"] == "override" and control["epoch"] <= self.epoch:
                    self.overrides[control["step"]] = control.get("result")
            if not page["items"]:
                return
            after = page["items"][-1]["epoch"]

    def finish(self, error: Optional[BaseException], summary: Optional[str]) -> Flow[None]:
        """Says how the run ended. Never raises: the agent's work is over either way."""
        try:
            yield from self.flush()
            if self._lost is None and self.state not in FINAL:
                body: Dict[str, Any] = {"epoch": self.epoch, "failed": error is not None}
                said = summary if summary is not None else reason_of(error)
                if said is not None:
                    body["summary"] = said
                view = yield from fetch(post(self._path("finish"), body), self.settings)
                self._note(view["state"], view["epoch"], view["obeyed"], view["pending"])
        except TandemError as failure:
            log.warning("the end of %s was not recorded: %s", self.id, failure)
        finally:
            self.close()

    def close(self) -> None:
        """Lets the background end."""
        with self._lock:
            self.closing = True
        for event in (self._changed, self._obeyed, self._work):
            event.set()

    # Steps

    def step(
        self,
        kind: StepKind,
        name: str,
        input: Any,
        output: Any,
        failed: bool,
        cost: float,
        elapsed_ms: Optional[int],
    ) -> int:
        """Hands a step to the background. Its number in the run."""
        step: Dict[str, Any] = {
            "kind": kind,
            "name": name,
            "input": kept(input),
            "output": kept(output),
            "failed": failed,
            "cost": cost,
        }
        if elapsed_ms is not None:
            step["elapsed_ms"] = elapsed_ms
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise TandemUnavailable(f"{MOST_WAITING} steps of {self.id} wait for the server")
            self._waiting.append(step)
            self._steps += 1
            number = self._steps
        self._work.set()
        return number

    def flush(self, patience: Optional[float] = None) -> Flow[None]:
        """Reports every step that waits, in order, each once."""
        yield from self._report_baton.take()
        try:
            while self._lost is None and self._next_report():
                yield from self._send_report(patience)
        finally:
            self._report_baton.give()

    def _next_report(self) -> bool:
        """Fixes what is sent next. It stays the same request until it is answered."""
        with self._lock:
            if self._report is None and self._waiting:
                steps: List[Dict[str, Any]] = []
                size = 0
                for step in self._waiting[:BATCH]:
                    size += len(encode(step))
                    if steps and size > BATCH_BYTES:
                        break
                    steps.append(step)
                call = post(self._path("steps"), {"epoch": self.epoch, "steps": steps})
                self._report = (call, len(steps))
            return self._report is not None

    def _send_report(self, patience: Optional[float]) -> Flow[None]:
        assert self._report is not None
        call, count = self._report
        try:
            standing = yield from fetch(call, self.settings, patience)
        except InvalidInput as refused:
            with self._lock:
                self._report = None
                self._spoil(refused)
            return
        except ApiError as refused:
            # Not now: another epoch, or paused. It is sent anew when the run goes on.
            self._report = None
            yield from self._look(refused)
            if self.state not in ("running", "pausing", "stopping"):
                if self.state in FINAL:
                    self._drop()
                raise
            return
        with self._lock:
            self._report = None
            del self._waiting[:count]
        self.standing(standing)

    def _spoil(self, refused: ApiError) -> None:
        """Puts the refusal in the place of what was refused, so that the others go through."""
        parts = (refused.path or "").split("/")
        at = int(parts[2]) if parts[1:2] == ["steps"] and parts[2:] and parts[2].isdigit() else 0
        log.warning("a step of %s was refused: %s", self.id, refused)
        step = self._waiting[at]
        if "refused" in (step["output"] or {}):
            del self._waiting[at]
            return
        note = {"refused": refused.detail}
        name = str(step["name"])[:50] or "unnamed"
        self._waiting[at] = {**step, "name": name, "input": None, "output": note, "cost": 0.0}

    def _drop(self) -> None:
        with self._lock:
            if self._waiting:
                log.warning("%d steps of %s came after its end", len(self._waiting), self.id)
            self._waiting.clear()

    # Orders

    def check(self) -> Flow[None]:
        """Obeys what the run was told; returns when it may go on.

        Raises `RunStopped`, `RunLost`, `RunOver`, and `TandemUnavailable` where the server was
        silent for longer than the lease and stays so.
        """
        clock = self.settings.retry.clock
        silent_since: Optional[float] = None
        while True:
            self._changed.clear()
            yield from self.obey()
            silent = clock() - self._contact > self._lease
            if self.state == "running" and self.halt is None and not silent:
                return
            if silent:
                silent_since = clock() if silent_since is None else silent_since
                if clock() - silent_since > self.settings.outage:
                    raise TandemUnavailable(f"{self.id} cannot be reached by orders")
            else:
                silent_since = None
            yield Await(self._changed, LOOK)

    def obey(self) -> Flow[None]:
        """Obeys the orders that wait, without waiting for a paused run to go on."""
        self._stand_or_raise()
        if not self._orders():
            return
        yield from self._order_baton.take()
        try:
            while True:
                orders = self._orders()
                if not orders:
                    break
                # What was done before the order is reported as such.
                yield from self._flush_quietly()
                for control in orders:
                    yield from self._carry_out(control)
                self.epoch = orders[-1]["epoch"]
                self._obeyed.set()
                yield from self.beat(0.0, self.settings.outage)
                self._stand_or_raise()
        finally:
            self._order_baton.give()
        self._stand_or_raise()

    def _orders(self) -> List[Mapping[str, Any]]:
        with self._lock:
            return [control for control in self._pending if control["epoch"] > self.epoch]

    def _carry_out(self, control: Mapping[str, Any]) -> Flow[None]:
        kind = control["kind"]
        if kind == "stop":
            self._stopped = control["reason"]
        elif kind == "redirect" and control.get("instruction"):
            self._instruct(control["instruction"])
            if self.options.on_redirect is not None:
                yield Tell(self.options.on_redirect, (self.goal, list(self.constraints)))
        elif kind == "override":
            self.overrides[control["step"]] = control.get("result")
            if self.options.on_override is not None:
                yield Tell(self.options.on_override, (control["step"], control.get("result")))

    def _instruct(self, instruction: Mapping[str, Any]) -> None:
        self.goal = instruction["goal"]
        self.constraints = list(instruction.get("constraints") or [])

    def _flush_quietly(self) -> Flow[None]:
        try:
            yield from self.flush(self.settings.outage)
        except ApiError as refused:
            log.debug("steps of %s wait: %s", self.id, refused)

    def _stand_or_raise(self) -> None:
        if self._lost is not None:
            raise RunLost(self.id, self._lost)
        if self.state == "stopped" or (self._stopped is not None and not self._orders()):
            raise RunStopped(self.id, self._stopped or "no reason is known here")
        if self.state in FINAL:
            raise RunOver(self.id, self.state)

    # Signs of life

    def beat(self, wait: float, patience: Optional[float]) -> Flow[None]:
        """Checks in with what was obeyed."""
        params = {"wait": f"{round(wait * 1000)}ms"} if wait > 0 else {}
        body = {"epoch": self.epoch}
        call = Call("POST", self._path("heartbeat"), params, encode(body), held=wait)
        self.standing((yield from fetch(call, self.settings, patience)), beat=True)

    def beating(self) -> Flow[None]:
        """Keeps the lease and fetches orders until the run is over."""
        clock = self.settings.retry.clock
        quiet = Attempts(self.settings.retry, float("inf"))
        third = self._lease / 3
        while not self.closing and self._lost is None and self.state not in FINAL:
            began, known = clock(), self._known
            self._obeyed.clear()
            try:
                yield from self.beat(0.0 if self._orders() else third, 0.0)
            except TandemUnavailable as unavailable:
                yield Sleep(min(quiet.failed(unavailable.retry_after) or 0.0, max(third, 0.1)))
                continue
            except ApiError as refused:
                yield from self._look(refused)
                yield Sleep(quiet.failed() or 0.0)
                continue
            if self._orders():
                # The agent is at work on something; it obeys when it comes by.
                yield Await(self._obeyed, third)
            elif self._known == known and clock() - began < third / 2:
                # A server that is stopping answers at once.
                yield Sleep(min(quiet.failed() or 0.0, third))
            else:
                quiet.worked()

    def flushing(self) -> Flow[None]:
        """Reports steps soon after they were done until the run is over."""
        quiet = Attempts(self.settings.retry, float("inf"))
        while not self.closing and self._lost is None and self.state not in FINAL:
            yield Await(self._work, LOOK)
            self._work.clear()
            # Steps that were refused for now are sent by whoever obeys.
            if not self._waiting or self._orders() or self.state == "paused":
                continue
            yield Sleep(GATHER)
            try:
                yield from self.flush(0.0)
            except TandemUnavailable as unavailable:
                yield Sleep(quiet.failed(unavailable.retry_after) or 0.0)
                self._work.set()
            except ApiError as refused:
                log.debug("steps of %s wait: %s", self.id, refused)
            else:
                quiet.worked()

    def standing(self, standing: Mapping[str, Any], beat: bool = False) -> None:
        """Takes in where the server says that the run stands. Only a sign of life ends a halt: a report of
        steps may have been answered before the halt and be read after it was told."""
        seen = cast(RunStanding, standing)
        # Refusals do not tell of halts.
        if "instruction" in seen and (beat or seen.get("halt")):
            self.halt = seen.get("halt")
        self._note(seen["state"], seen["epoch"], seen["obeyed"], seen["controls"])

    def heed(self, refused: ApiError) -> Flow[None]:
        """Takes in why a gate was refused where that is about the run; raises it otherwise."""
        if refused.code not in ("run_not_running", "run_stale_epoch", "run_lost", "halted"):
            raise refused
        if refused.run is not None:
            self.standing(refused.run)
        yield from self.beat(0.0, None)

    def _note(self, state: str, epoch: int, obeyed: int, controls: Any) -> None:
        with self._lock:
            self._contact = self.settings.retry.clock()
            if (epoch, obeyed) >= self._known:
                self._known = (epoch, obeyed)
                self.state = state
                self._pending = list(controls)
            if obeyed > max(self.epoch, self._taken):
                self._lose("another process works for it")
                return
            # What was obeyed before this process took it over.
            self.epoch = max(self.epoch, obeyed)
            for control in controls:
                if control["kind"] == "recover" and control["epoch"] > self._taken:
                    self._lose("another process took it over by its key")
            if state == "lost":
                self._lose("it did not check in for longer than its lease")
        self._changed.set()

    def _lose(self, why: str) -> None:
        if self._lost is None and self._stopped is None:
            self._lost = why
            self._obeyed.set()

    def _look(self, refused: ApiError) -> Flow[None]:
        """Looks where the run stands when the server refuses something without saying."""
        if isinstance(refused, (Forbidden, NotFound, Unauthenticated)):
            self._lose(f"the server refuses it: {refused.detail}")
            return
        if refused.run is not None:
            self.standing(refused.run)
            return
        try:
            yield from self.beat(0.0, 0.0)
        except TandemError as failure:
            log.debug("%s: %s", self.id, failure)

    def _path(self, what: str) -> str:
        return f"/v1/runs/{_cases.segment(self.id)}/{what}"


#: The run in whose `with` block this thread or task is.
current: contextvars.ContextVar[Optional[Supervised]] = contextvars.ContextVar("run", default=None)
