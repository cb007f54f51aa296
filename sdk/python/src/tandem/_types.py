"""The names of wire types that this package speaks of; the types themselves are generated."""

from __future__ import annotations

from ._generated import (
    Alert,
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
)

__all__ = [
    "Alert",
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
]
