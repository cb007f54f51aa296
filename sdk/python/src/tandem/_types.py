"""The names of wire types that this package speaks of; the types themselves are generated."""

from __future__ import annotations

from ._generated import (
    Alert,
    Batch,
    Bulk,
    Case,
    Claim,
    Conversation,
    Decision,
    EvaluationCase,
    EvaluationSet,
    Event,
    Grant,
    Judged,
    Loop,
    LoopSummary,
    Message,
    Model,
    Proposal,
    Queue,
    StandingGrant,
    Suggestions,
)

__all__ = [
    "Alert",
    "Batch",
    "Bulk",
    "Case",
    "Claim",
    "Conversation",
    "Decision",
    "EvaluationCase",
    "EvaluationSet",
    "Event",
    "Grant",
    "Judged",
    "Loop",
    "LoopSummary",
    "Message",
    "Model",
    "Proposal",
    "Queue",
    "StandingGrant",
    "Suggestions",
]
