"""Models from outside, as calls: register, propose in the shadow, measure, promote."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Optional

from ._cases import Json, segment
from ._flow import Call, get, post


def of_loop(loop: str, rest: str = "") -> str:
    """The path of a loop's models."""
    return f"/v1/loops/{segment(loop)}/models{rest}"


def register(loop: str, name: str, details: Mapping[str, Any]) -> Call:
    """Registers a version; one that carries a prompt is a prompt."""
    prompt = details.get("prompt")
    body: Dict[str, Any] = {"name": name, "kind": "external" if prompt is None else "prompt"}
    body.update({key: value for key, value in details.items() if value is not None})
    return post(of_loop(loop), body)


def listed(loop: str) -> Call:
    """Every version."""
    return get(of_loop(loop))


def move(loop: str, model: str, way: str, body: Mapping[str, Any]) -> Call:
    """Promotes, demotes or retires a version."""
    return post(of_loop(loop, f"/{segment(model)}/{way}"), dict(body))


def evaluation(loop: str, model: str, predictions: Iterable[Json]) -> Call:
    """Pushes predictions for the newest evaluation set."""
    return post(
        of_loop(loop, f"/{segment(model)}/evaluation"),
        {"predictions": [dict(each) for each in predictions]},
    )


def freeze(loop: str, name: str, size: Optional[int]) -> Call:
    """Freezes an evaluation set."""
    body: Dict[str, Any] = {"name": name}
    if size is not None:
        body["size"] = size
    return post(f"/v1/loops/{segment(loop)}/evaluation-sets", body)


def propose(case: str, proposal: Json, shadow: bool) -> Call:
    """Proposes again on a case."""
    params = {"shadow": "true"} if shadow else None
    return post(f"/v1/cases/{segment(case)}/proposals", proposal, params)
