"""Client for Tandem: keep people in charge of automated decisions.

>>> from tandem import Tandem
>>> t = Tandem()                                  # TANDEM_URL, TANDEM_KEY
>>> decision = t.decide("support-intents", input={"text": "my card still hasn't arrived"})
>>> decision["output"]["intent"], decision["by"]
"""

from ._async_client import AsyncGated, AsyncTandem
from ._async_runs import AsyncRun
from ._batch import LineResult
from ._client import Gated, Tandem
from ._config import VERSION as __version__
from ._errors import (
    ApiError,
    CaseCancelled,
    Conflict,
    DigestMismatch,
    Forbidden,
    GateAnswered,
    GateRejected,
    Halted,
    InvalidInput,
    NotFound,
    RunLost,
    RunOver,
    RunStopped,
    ServerError,
    StorageFull,
    TandemError,
    TandemUnavailable,
    TooLarge,
    Unauthenticated,
    WaitTimeout,
)
from ._gate import current_grant
from ._runs import Run
from ._types import (
    Batch,
    Case,
    Claim,
    Decision,
    EvaluationCase,
    EvaluationSet,
    Event,
    Grant,
    Judged,
    Loop,
    LoopSummary,
    Model,
    Proposal,
    StandingGrant,
    Suggestions,
)

__all__ = [
    "ApiError",
    "AsyncGated",
    "AsyncRun",
    "AsyncTandem",
    "Batch",
    "Case",
    "CaseCancelled",
    "Claim",
    "Conflict",
    "Decision",
    "DigestMismatch",
    "EvaluationCase",
    "EvaluationSet",
    "Event",
    "Forbidden",
    "GateAnswered",
    "GateRejected",
    "Gated",
    "Grant",
    "Halted",
    "InvalidInput",
    "Judged",
    "LineResult",
    "Loop",
    "LoopSummary",
    "Model",
    "NotFound",
    "Proposal",
    "Run",
    "RunLost",
    "RunOver",
    "RunStopped",
    "ServerError",
    "StandingGrant",
    "StorageFull",
    "Suggestions",
    "Tandem",
    "TandemError",
    "TandemUnavailable",
    "TooLarge",
    "Unauthenticated",
    "WaitTimeout",
    "__version__",
    "current_grant",
]
