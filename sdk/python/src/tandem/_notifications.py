"""A member's own notifications, as calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Mapping, Optional

from ._cases import segment
from ._flow import Call, get, post

_OWN = "/v1/members/me/notifications"


def preferences() -> Call:
    """Reads what one wants to be told of."""
    return get(_OWN)


def choose(wanted: Mapping[str, Any]) -> Call:
    """Says what one wants to be told of."""
    return replace(post(_OWN, dict(wanted)), method="PUT", idempotency_key=None)


def feed(unread: bool, limit: int) -> Call:
    """Reads what one was told, newest first."""
    return get(f"{_OWN}/feed", {"unread": str(unread).lower(), "limit": str(limit)})


def read(id: Optional[str], upto: Optional[str]) -> Call:
    """Notes that one, everything up to one, or everything was read."""
    given: Dict[str, Optional[str]] = {"id": id, "upto": upto}
    return post(f"{_OWN}/read", {name: value for name, value in given.items() if value})


def channels() -> Call:
    """Reads how well each way does."""
    return get("/v1/notifications/channels")


def test(way: str) -> Call:
    """Sends a test to oneself."""
    return post(f"/v1/notifications/channels/{segment(way)}/test")
