"""A run under supervision, for asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from types import TracebackType
from typing import TYPE_CHECKING, Awaitable, Callable, List, Optional, Type, TypeVar

from typing_extensions import ParamSpec, Unpack

from . import _gate, _run
from ._cases import CallDetails
from ._flow import Flow
from ._run import Supervised
from ._run_parts import RunOptions
from ._runs import Steps

if TYPE_CHECKING:
    from ._async_client import AsyncGated, AsyncTandem

T = TypeVar("T")
P = ParamSpec("P")
log = logging.getLogger("tandem")


class AsyncRun(Steps):
    """A run of an agent, as an `async with` block: `Run`, awaited.

    Tasks keep its lease and fetch orders, so do not block the loop for longer than the lease. A
    block that is cancelled leaves a run with a `key` as it is, to be taken over.
    """

    def __init__(self, client: AsyncTandem, options: RunOptions) -> None:
        super().__init__(Supervised(client._settings, options, asyncio.Event))
        self._client = client
        self._keyed = options.key is not None
        self._token: Optional[contextvars.Token[Optional[Supervised]]] = None
        self._tasks: List[asyncio.Task[None]] = []

    async def __aenter__(self) -> AsyncRun:
        """Starts it or takes it over; returns once it may work."""
        run = self._supervised
        if run.id:
            raise RuntimeError("a run is entered once: ask the client for another one")
        await self._client._drive(run.start())
        self._tasks = [
            asyncio.create_task(self._behind(flow)) for flow in (run.beating(), run.flushing())
        ]
        try:
            await self.check()
        except BaseException:
            await self._end()
            raise
        self._token = _run.current.set(run)
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        """Says how it ended."""
        if self._token is not None:
            _run.current.reset(self._token)
        try:
            left = self._keyed and error is not None and not isinstance(error, Exception)
            if not left:
                await self._client._drive(self._supervised.finish(error, self.summary))
        finally:
            await self._end()

    async def check(self) -> None:
        """Obeys what it was told, and waits while it is paused or a halt is in force.

        Raises `RunStopped` when it was told to stop, `RunLost` when it is another process's, and
        `TandemUnavailable` when the server stays silent for longer than lease and `outage`.
        """
        await self._client._drive(self._supervised.check())

    async def flush(self) -> None:
        """Reports the steps that wait, now."""
        await self._client._drive(self._supervised.flush())

    def gate(
        self,
        loop: str,
        *,
        tool: Optional[str] = None,
        consumer: Optional[str] = None,
        timeout: Optional[float] = None,
        revise: Optional[_gate.Revise] = None,
        **details: Unpack[CallDetails],
    ) -> Callable[[Callable[P, Awaitable[T]]], AsyncGated[P, T]]:
        """`AsyncTandem.gate` for this run, also in tasks that outlive its block."""

        def declare(function: Callable[P, Awaitable[T]]) -> AsyncGated[P, T]:
            gated = self._client.gate(
                loop, tool=tool, consumer=consumer, timeout=timeout, revise=revise, **details
            )(function)
            return gated._under(self._supervised)

        return declare

    async def _end(self) -> None:
        self._supervised.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _behind(self, flow: Flow[None]) -> None:
        try:
            await self._client._drive(flow)
        except Exception as error:
            # A client that was closed under it; the lease runs out then, and gates are shut.
            log.warning("%s is no longer kept alive: %s", self.id, error)
