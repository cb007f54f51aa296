"""The names of wire types that this package speaks of; the types themselves are generated."""

from __future__ import annotations

from ._generated import (
    Alert,
    Bulk,
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
    Queue,
)

__all__ = [
    "Alert",
    "Bulk",
    "Case",
    "Claim",
    "Decision",
    "EvaluationCase",
    "EvaluationSet",
    "Event",
    "Grant",
    "Judged",
    "Loop",
    "LoopSummary",
    "Model",
    "Proposal",
    "Queue",
]
