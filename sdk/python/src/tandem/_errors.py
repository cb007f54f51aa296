"""Every exception of this package.

TandemError
├── TandemUnavailable        the server cannot be reached or is too busy; nothing was run
├── WaitTimeout              (also TimeoutError) no decision in the time given; the case goes on
├── CaseCancelled            the case was cancelled, there is no decision
├── GateRejected             people or the policy said no; the function was not run
├── RunOver                  the run has ended: nothing more is done in its name
│   └── RunStopped           people, or its spent budget, stopped it: `reason`
├── RunLost                  another process has the run, or it was silent for too long
└── ApiError                 the server refused: `status`, `code`, `detail`, `path`, `problems`
    ├── InvalidInput         400, 406, 415, 422
    ├── Unauthenticated      401
    ├── Forbidden            403
    ├── NotFound             404
    ├── Conflict             409, 410: another body under the same key, a lost claim, a used grant
    │   └── Halted           a halt is in force
    ├── DigestMismatch       412: this is not what was decided
    ├── TooLarge             413
    └── ServerError          500 and above
        └── StorageFull      507
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Type

from ._types import Decision

__all__ = [
    "ApiError",
    "CaseCancelled",
    "Conflict",
    "DigestMismatch",
    "Forbidden",
    "GateRejected",
    "Halted",
    "InvalidInput",
    "NotFound",
    "RunLost",
    "RunOver",
    "RunStopped",
    "ServerError",
    "StorageFull",
    "TandemError",
    "TandemUnavailable",
    "TooLarge",
    "Unauthenticated",
    "WaitTimeout",
]


class TandemError(Exception):
    """Anything this package raises on its own."""


class TandemUnavailable(TandemError):
    """The server could not be reached, or stayed too busy. A gate never runs its function then."""

    def __init__(self, message: str, retry_after: Optional[float] = None) -> None:
        super().__init__(message)
        #: Seconds after which the server asked to be tried again.
        self.retry_after = retry_after


class WaitTimeout(TandemError, TimeoutError):
    """No decision in the time given. The case goes on; wait for it again by its id."""

    def __init__(self, case: str, timeout: float) -> None:
        super().__init__(f"{case} is not decided after {timeout:g} s; wait({case!r}) goes on")
        self.case = case
        self.timeout = timeout


class CaseCancelled(TandemError):
    """The case was cancelled: nobody will decide it."""

    def __init__(self, case: str) -> None:
        super().__init__(f"{case} was cancelled")
        self.case = case


class GateRejected(TandemError):
    """The decision does not allow the call. The function was not run."""

    def __init__(self, case: str, decision: Decision) -> None:
        reasons = ", ".join(decision.get("reason_codes") or []) or "no reason given"
        super().__init__(f"{case}: {decision['outcome']} by {decision['by']} ({reasons})")
        self.case = case
        self.decision = decision


class GateAnswered(GateRejected):
    """A person answered in place of the call; it was not run. `answer` is for the agent."""

    def __init__(self, case: str, decision: Decision, answer: str) -> None:
        super().__init__(case, decision)
        self.answer = answer


class RunOver(TandemError):
    """The run has ended: finished, failed or stopped. Work for it under another key."""

    def __init__(self, run: str, state: str, message: Optional[str] = None) -> None:
        super().__init__(message or f"{run} has ended: it is {state}")
        self.run = run
        self.state = state


class RunStopped(RunOver):
    """The run was told to stop, and has said that it did. Let it end the agent."""

    def __init__(self, run: str, reason: str) -> None:
        super().__init__(run, "stopped", f"{run} was stopped: {reason}")
        self.reason = reason


class RunLost(TandemError):
    """The run is no longer this process's: another one took it over by its key, or it did not check
    in for longer than its lease. Its gates are shut; start it again by its key to go on."""

    def __init__(self, run: str, why: str) -> None:
        super().__init__(f"{run}: {why}")
        self.run = run


class ApiError(TandemError):
    """The server refused. `code` is stable; `path` points into what was sent; `resource` is the id
    of what is there already, on a conflict; `run` is where a run stands that keeps a gate shut."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        path: Optional[str] = None,
        problems: Optional[List[Dict[str, Any]]] = None,
        resource: Optional[str] = None,
        run: Optional[Dict[str, Any]] = None,
    ) -> None:
        where = f" at {path}" if path else ""
        lines = "".join(
            f"\n  line {p.get('line')}, column {p.get('column')}: {p.get('message')}"
            for p in problems or []
        )
        super().__init__(f"{detail} ({status} {code}{where}){lines}")
        self.status = status
        self.code = code
        self.detail = detail
        self.path = path
        self.problems = problems or []
        self.resource = resource
        self.run = run


class InvalidInput(ApiError):
    """What was sent does not fit."""


class Unauthenticated(ApiError):
    """The key is missing, wrong, expired or revoked."""


class Forbidden(ApiError):
    """The key's roles do not allow it."""


class NotFound(ApiError):
    """There is no such thing, or it is not yours to see."""


class Conflict(ApiError):
    """It does not go with what is there; `code` says why."""


class Halted(Conflict):
    """A halt is in force: no gate opens."""


class DigestMismatch(ApiError):
    """The digest is not that of the decision in force."""


class TooLarge(ApiError):
    """The body is larger than the server takes."""


class ServerError(ApiError):
    """The server failed."""


class StorageFull(ServerError):
    """The server's disk is full; gates stay shut."""


_BY_STATUS: Dict[int, Type[ApiError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    406: InvalidInput,
    409: Conflict,
    410: Conflict,
    412: DigestMismatch,
    413: TooLarge,
    415: InvalidInput,
    422: InvalidInput,
    507: StorageFull,
}


def api_error(status: int, body: bytes) -> ApiError:
    """The exception for an answer that is not a success (RFC 9457, or whatever a proxy said)."""
    try:
        problem = json.loads(body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        text = body[:200].decode("utf-8", "replace").strip()
        problem = {"detail": text or "the server gave no reason"}
    code = str(problem.get("code") or "unknown")
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    if code == "halted":
        kind = Halted
    return kind(
        status=status,
        code=code,
        detail=str(problem.get("detail") or problem.get("title") or "refused"),
        path=problem.get("path"),
        problems=problem.get("problems"),
        resource=problem.get("resource"),
        run=problem.get("run"),
    )
