"""The live conversation beside a case, as calls."""

from __future__ import annotations

import math
import uuid
from typing import Any, Dict, Optional

from ._cases import segment
from ._flow import Call, get, post


def read(case: str, after: int, wait: float) -> Call:
    """Reads what was said after a number, held by the server for `wait` seconds at most."""
    params: Dict[str, str] = {"after": str(after)}
    if wait > 0:
        params["wait"] = f"{math.ceil(wait * 1000)}ms"
    return get(f"/v1/cases/{segment(case)}/messages", params, held=max(0.0, wait))


def say(case: str, text: str, speaker: Optional[str], id: Optional[str]) -> Call:
    """Says something; however often it is tried, it is said once."""
    body: Dict[str, Any] = {"id": id or str(uuid.uuid4()), "body": text}
    if speaker is not None:
        body["from"] = speaker
    return post(f"/v1/cases/{segment(case)}/messages", body)


def take_over(case: str) -> Call:
    """Takes the turn."""
    return post(f"/v1/cases/{segment(case)}/take-over")


def hand_back(case: str, note: str) -> Call:
    """Gives the turn back."""
    return post(f"/v1/cases/{segment(case)}/hand-back", {"note": note})
