"""Flows over a case: hand in, wait, decide, consume."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union, cast
from urllib.parse import quote

from typing_extensions import TypedDict, Unpack

from ._config import Settings
from ._errors import CaseCancelled, TandemUnavailable, WaitTimeout
from ._flow import Call, Flow, Sleep, fetch, get, post
from ._retry import Attempts
from ._types import Case, Decision

Json = Mapping[str, Any]

#: Seconds a long poll asks the server to hold the answer. Short enough for common proxies.
POLL = 30.0


class CallDetails(TypedDict, total=False):
    """What may be said about a gated call besides its arguments."""

    subject: Optional[str]
    tags: List[str]
    group: Mapping[str, str]
    priority: int
    deadline: Union[str, datetime, None]
    requested_human: bool
    transcript: List[Mapping[str, str]]
    attempted: Optional[str]
    interim: Optional[Mapping[str, Any]]


class CaseDetails(CallDetails, total=False):
    """What may be said about a case besides its input and proposal."""

    key: Optional[str]
    run: Optional[str]


def segment(name: str) -> str:
    """A name as one segment of a path."""
    return quote(name, safe="")


def appeal_call(
    case: str, by: str, statement: str, evidence: Sequence[Union[str, Mapping[str, str]]]
) -> Call:
    """The request that contests a decision; a text alone is evidence in words."""
    pieces = [{"text": one} if isinstance(one, str) else dict(one) for one in evidence]
    body = {"by": by, "statement": statement, "evidence": pieces}
    return post(f"/v1/cases/{segment(case)}/appeal", body)


def case_body(
    input: Json, proposal: Optional[Json], **details: Unpack[CaseDetails]
) -> Dict[str, Any]:
    """A case as it is handed in. Raises TypeError on a detail that is none."""
    unknown = details.keys() - CaseDetails.__optional_keys__
    if unknown:
        raise TypeError(f"a case has no {', '.join(sorted(unknown))}")
    body: Dict[str, Any] = {"input": dict(input)}
    if proposal is not None:
        body["proposal"] = dict(proposal)
    for name, value in details.items():
        if value is not None:
            body[name] = timestamp(value) if isinstance(value, datetime) else value
    return body


def timestamp(when: datetime) -> str:
    """RFC 3339. A time without a zone is refused: it would mean something else on the server."""
    if when.tzinfo is None:
        raise ValueError("give the time a zone, for example datetime.now(timezone.utc)")
    return when.isoformat()


def submit(settings: Settings, loop: str, body: Json) -> Flow[Case]:
    """Hands a case in; returns when it is stored."""
    call = post(f"/v1/loops/{segment(loop)}/cases", body)
    return cast(Case, (yield from fetch(call, settings)))


def read(
    settings: Settings, case: str, held: float = 0.0, patience: Optional[float] = None
) -> Flow[Case]:
    """Reads a case, held back by the server for `held` seconds at most until it is finished."""
    params = {"wait": f"{math.ceil(held * 1000)}ms"} if held > 0 else {}
    call = get(f"/v1/cases/{segment(case)}", params, held=held)
    return cast(Case, (yield from fetch(call, settings, patience)))


def finished(case: Case) -> Optional[Decision]:
    """The decision in force, if there is one. Raises `CaseCancelled`."""
    if case["status"] == "cancelled":
        raise CaseCancelled(case["id"])
    decision = case.get("decision")
    if decision is not None and decision["state"] == "effective":
        return decision
    return None


def wait(settings: Settings, case: str, timeout: Optional[float]) -> Flow[Decision]:
    """Waits for the decision in force, through restarts of the server."""
    clock = settings.retry.clock
    deadline = math.inf if timeout is None else clock() + timeout
    outage = Attempts(settings.retry, settings.outage)
    # A server that is stopping answers at once; do not ask it in a tight loop.
    early = Attempts(settings.retry, math.inf)
    failure: Optional[TandemUnavailable] = None
    while True:
        began = clock()
        held = min(POLL, max(0.0, deadline - began))
        delay: Optional[float] = 0.0
        try:
            found = yield from read(settings, case, held, patience=0.0)
        except TandemUnavailable as unavailable:
            failure = unavailable
            delay = outage.failed(unavailable.retry_after)
            if delay is None:
                raise
        else:
            failure = None
            outage.worked()
            decision = finished(found)
            if decision is not None:
                return decision
            if clock() - began < held / 2:
                delay = early.failed()
            else:
                early.worked()
        left = deadline - clock()
        if left <= 0:
            raise WaitTimeout(case, timeout or 0.0) from failure
        if delay:
            yield Sleep(min(delay, left))


def compact(value: Any) -> str:
    """A value as JSON on one line, for people and models."""
    return json.dumps(value, ensure_ascii=False, default=str)
