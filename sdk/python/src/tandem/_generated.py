"""Wire types, generated from openapi.json by tools/generate.py. Do not edit."""

# ruff: noqa: A003, E501
from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from typing_extensions import NotRequired, TypedDict


__all__ = [
    "Case",
    "Change",
    "Claim",
    "Decision",
    "Event",
    "Evidence",
    "Grant",
    "Judged",
    "LineResult",
    "Loop",
    "LoopSummary",
    "Progress",
    "Proposal",
    "Route",
    "Status",
]


class Change(TypedDict):
    """A change."""

    path: str
    before: Any
    after: Any
    reason: Optional[str]


Evidence = TypedDict(
    "Evidence",
    {
        "for": "str",
        "in": "NotRequired[str]",
        "start": "NotRequired[int]",
        "end": "NotRequired[int]",
        "weight": "NotRequired[float]",
    },
)


class Proposal(TypedDict):
    """What a machine suggests."""

    id: str
    output: Dict[str, Any]
    confidence: Dict[str, Any]
    probabilities: Dict[str, Any]
    model: Optional[str]
    evidence: List[Evidence]
    shadow: bool
    at: str


class Decision(TypedDict):
    """The recorded resolution of a case."""

    id: str
    output: Optional[Dict[str, Any]]
    outcome: Literal["approved", "modified", "rejected", "labelled", "blocked"]
    by: Literal["machine", "people", "deadline"]
    rule: str
    judgments: List[str]
    changes: List[Change]
    reason_codes: List[str]
    model: Optional[str]
    loop_version: int
    decided_at: str
    effective_at: str
    state: Literal["held", "effective", "withdrawn", "superseded"]
    delivery: str
    digest: str


class Route(TypedDict):
    """Route"""

    to: str
    queue: NotRequired[Optional[str]]
    reasons: NotRequired[List[Dict[str, Any]]]


class Progress(TypedDict):
    """p"""

    needed: int
    have: int
    held: int


class Case(TypedDict):
    """One thing to decide."""

    id: str
    loop: str
    loop_version: NotRequired[int]
    key: NotRequired[Optional[str]]
    status: Status
    input: Dict[str, Any]
    tags: NotRequired[List[str]]
    proposal: Optional[Proposal]
    route: Optional[Route]
    progress: Progress
    decision: Optional[Decision]
    decisions: NotRequired[List[Decision]]
    created_at: NotRequired[str]


class Claim(TypedDict):
    """One seat leased."""

    id: str
    token: int
    expires_at: str
    task: Dict[str, Any]
    case: Case
    proposal: Optional[Proposal]


class Judged(TypedDict):
    """j"""

    case: Case
    judgment: Dict[str, Any]


class Grant(TypedDict):
    """g"""

    grant: str
    arguments: Dict[str, Any]
    expires_at: str


class Event(TypedDict):
    """e"""

    i: int
    id: str
    kind: str
    at: str
    loop: Optional[str]
    case: Optional[str]
    actor: Dict[str, Any]
    data: Dict[str, Any]


class Loop(TypedDict):
    """l"""

    name: str
    title: str
    version: int
    spec: Dict[str, Any]


class LoopSummary(TypedDict):
    """l"""

    name: str
    title: str
    version: int


class LineResult(TypedDict):
    """r"""

    line: int
    case: NotRequired[Case]
    created: NotRequired[bool]
    error: NotRequired[Dict[str, Any]]


Status = Literal["queued", "claimed", "waiting_for_proposal", "held", "decided", "cancelled", "reopened"]
