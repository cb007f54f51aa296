"""The names of wire types that this package speaks of; the types themselves are generated."""

from __future__ import annotations

from ._generated import (
    Case,
    Claim,
    Decision,
    Event,
    Grant,
    Judged,
    LoopSummary,
    LoopView,
    Proposal,
)

__all__ = [
    "Case",
    "Claim",
    "Decision",
    "Event",
    "Grant",
    "Judged",
    "LoopSummary",
    "LoopView",
    "Proposal",
]
