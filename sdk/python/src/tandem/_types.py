"""The names of wire types that this package speaks of; the types themselves are generated."""

from __future__ import annotations

from ._generated import (
    Case,
    Claim,
    Decision,
    Event,
    Grant,
    Judged,
    Loop,
    LoopSummary,
    Proposal,
)

__all__ = [
    "Case",
    "Claim",
    "Decision",
    "Event",
    "Grant",
    "Judged",
    "Loop",
    "LoopSummary",
    "Proposal",
]
