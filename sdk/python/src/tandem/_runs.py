"""A run under supervision, for code that blocks."""

from __future__ import annotations

import contextvars
import logging
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Type, TypeVar

from typing_extensions import ParamSpec, Unpack

from . import _gate, _run
from ._cases import CallDetails
from ._flow import Flow
from ._run import StepKind, Supervised
from ._run_parts import RunOptions

if TYPE_CHECKING:
    from ._client import Gated, Tandem

T = TypeVar("T")
P = ParamSpec("P")
log = logging.getLogger("tandem")


class Steps:
    """What both twins of a run can tell at once: where it stands, and what was done."""

    def __init__(self, supervised: Supervised) -> None:
        self._supervised = supervised
        #: What is recorded when the block ends, in place of the kind and place of its exception.
        self.summary: Optional[str] = None

    @property
    def id(self) -> str:
        """Its id, `run_…`."""
        return self._supervised.id

    @property
    def state(self) -> str:
        """Where it stood when the server last said so: `running`, `pausing`, `paused`, …"""
        return self._supervised.state

    @property
    def halt(self) -> Optional[Mapping[str, Any]]:
        """A halt over its loop or over everything, if one is in force: `scope`, `reason`, `at`."""
        return self._supervised.halt

    @property
    def epoch(self) -> int:
        """The newest control that was obeyed."""
        return self._supervised.epoch

    @property
    def goal(self) -> str:
        """What it is to reach; changed by redirections as they are obeyed."""
        return self._supervised.goal

    @property
    def constraints(self) -> List[str]:
        """What it must keep to; changed by redirections as they are obeyed."""
        return list(self._supervised.constraints)

    @property
    def overrides(self) -> Dict[int, Any]:
        """By the number of a step: what counts as its result, where a person said so."""
        return dict(self._supervised.overrides)

    def step(
        self,
        kind: StepKind,
        name: str,
        *,
        input: Any = None,
        output: Any = None,
        failed: bool = False,
        cost: float = 0.0,
        elapsed_ms: Optional[int] = None,
    ) -> int:
        """Records something that was done; its number in the run.

        It is sent in the background, in order, and before any order is obeyed. Values that are no
        JSON are recorded as text, and beginnings of those over 31 KiB.
        """
        return self._supervised.step(kind, name, input, output, failed, cost, elapsed_ms)

    def plan(self, name: str, *, output: Any = None, cost: float = 0.0) -> int:
        """Records what the agent means to do."""
        return self.step("plan", name, output=output, cost=cost)

    def tool(
        self,
        name: str,
        *,
        input: Any = None,
        output: Any = None,
        failed: bool = False,
        cost: float = 0.0,
        elapsed_ms: Optional[int] = None,
    ) -> int:
        """Records a call of a tool. Gated calls are recorded by themselves."""
        return self.step(
            "tool_call",
            name,
            input=input,
            output=output,
            failed=failed,
            cost=cost,
            elapsed_ms=elapsed_ms,
        )

    def observe(self, name: str, *, input: Any = None, output: Any = None) -> int:
        """Records what the agent saw."""
        return self.step("observation", name, input=input, output=output)

    def output(self, name: str, *, output: Any = None, cost: float = 0.0) -> int:
        """Records what the agent produced."""
        return self.step("output", name, output=output, cost=cost)


class Run(Steps):
    """A run of an agent, as a `with` block.

    >>> with t.run("tickets", goal="tidy the inbox", key="nightly") as run:  # doctest: +SKIP
    ...     for ticket in tickets:
    ...         run.check()
    ...         run.tool("close", input={"ticket": ticket}, output=close(ticket))

    A thread keeps its lease and fetches orders. `check` is where they take effect: call it between
    steps. When the block ends the run is finished, or failed with the kind and place of the
    exception. `KeyboardInterrupt` and `SystemExit` leave a run with a `key` as it is, to be taken
    over by the next process.
    """

    def __init__(self, client: Tandem, options: RunOptions) -> None:
        super().__init__(Supervised(client._settings, options, threading.Event))
        self._client = client
        self._keyed = options.key is not None
        self._token: Optional[contextvars.Token[Optional[Supervised]]] = None
        self._threads: List[threading.Thread] = []

    def __enter__(self) -> Run:
        """Starts it or takes it over; returns once it may work."""
        run = self._supervised
        if run.id:
            raise RuntimeError("a run is entered once: ask the client for another one")
        self._client._drive(run.start())
        self._threads = [
            threading.Thread(target=self._behind, args=(flow,), name=name, daemon=True)
            for name, flow in (("run-lease", run.beating()), ("run-steps", run.flushing()))
        ]
        for thread in self._threads:
            thread.start()
        try:
            self.check()
        except BaseException:
            run.close()
            raise
        self._token = _run.current.set(run)
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        """Says how it ended."""
        if self._token is not None:
            _run.current.reset(self._token)
        run = self._supervised
        if self._keyed and error is not None and not isinstance(error, Exception):
            run.close()
            return
        self._client._drive(run.finish(error, self.summary))
        for thread in self._threads:
            thread.join(2.0)

    def check(self) -> None:
        """Obeys what it was told, and blocks while it is paused or a halt is in force.

        Raises `RunStopped` when it was told to stop, `RunLost` when it is another process's, and
        `TandemUnavailable` when the server stays silent for longer than lease and `outage`.
        """
        self._client._drive(self._supervised.check())

    def flush(self) -> None:
        """Reports the steps that wait, now."""
        self._client._drive(self._supervised.flush())

    def gate(
        self,
        loop: str,
        *,
        tool: Optional[str] = None,
        consumer: Optional[str] = None,
        timeout: Optional[float] = None,
        revise: Optional[_gate.Revise] = None,
        **details: Unpack[CallDetails],
    ) -> Callable[[Callable[P, T]], Gated[P, T]]:
        """`Tandem.gate` for this run, also in threads that the agent starts."""

        def declare(function: Callable[P, T]) -> Gated[P, T]:
            gated = self._client.gate(
                loop, tool=tool, consumer=consumer, timeout=timeout, revise=revise, **details
            )(function)
            return gated._under(self._supervised)

        return declare

    def _behind(self, flow: Flow[None]) -> None:
        try:
            self._client._drive(flow)
        except Exception as error:
            # A client that was closed under it; the lease runs out then, and gates are shut.
            log.warning("%s is no longer kept alive: %s", self.id, error)
