"""Standing permissions and sign-offs over many cases, as calls."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Tuple

from ._cases import segment
from ._flow import Call, post


def ask(loop: str, tool: str, reason: str, terms: Mapping[str, Any]) -> Call:
    """Asks for a permission."""
    body: Dict[str, Any] = {"tool": tool, "reason": reason}
    body.update({key: value for key, value in terms.items() if value is not None})
    return post(f"/v1/loops/{segment(loop)}/standing-grants", body)


def sign(grant: Mapping[str, Any]) -> Call:
    """Signs what was shown."""
    path = f"/v1/standing-grants/{segment(grant['id'])}/sign"
    return post(path, {"digest": grant["digest"]})


def revoke(grant: str, reason: str) -> Call:
    """Takes a permission back."""
    return post(f"/v1/standing-grants/{segment(grant)}/revoke", {"reason": reason})


def batch(
    loop: str, tool: str, cases: Iterable[Tuple[str, str]], more: Mapping[str, Any]
) -> Call:
    """Approves waiting calls together."""
    listed = [{"case": case, "digest": digest} for case, digest in cases]
    body: Dict[str, Any] = {"tool": tool, "cases": listed}
    body.update({key: value for key, value in more.items() if value is not None})
    return post(f"/v1/loops/{segment(loop)}/batches", body)
