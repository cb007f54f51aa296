"""What a reviewer does, as calls."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from ._cases import segment
from ._flow import Call, post
from ._types import Claim


def claim(
    loops: Optional[Sequence[str]],
    queues: Optional[Sequence[str]],
    case: Optional[str],
    limit: int,
    order: Optional[str],
) -> Call:
    """Asks for seats."""
    body: Dict[str, Any] = {"limit": limit}
    if loops is not None:
        body["loops"] = [loops] if isinstance(loops, str) else list(loops)
    if queues is not None:
        body["queues"] = [queues] if isinstance(queues, str) else list(queues)
    if case is not None:
        body["case"] = case
    if order is not None:
        body["order"] = order
    return post("/v1/claims", body)


def renew(claim: Claim) -> Call:
    """Keeps a seat."""
    return post(f"/v1/claims/{segment(claim['id'])}/renew", {"token": claim["token"]})


def release(claim: Claim) -> Call:
    """Gives a seat back."""
    params = {"token": str(claim["token"])}
    return Call("DELETE", f"/v1/claims/{segment(claim['id'])}", params)


def judge(
    case: Union[str, Claim],
    verdict: str,
    answer: Optional[Mapping[str, Any]],
    reasons: Optional[List[str]],
    comment: Optional[str],
    more: Mapping[str, Any],
) -> Call:
    """Says what one thinks of a case, on a claim or without one."""
    body: Dict[str, Any] = {"verdict": verdict, **more}
    if answer is not None:
        body["answer"] = dict(answer)
    if reasons is not None:
        body["reasons"] = reasons
    if comment is not None:
        body["comment"] = comment
    if isinstance(case, str):
        return post(f"/v1/cases/{segment(case)}/judgments", body)
    body.update(claim=case["id"], token=case["token"])
    proposal = case.get("proposal")
    if proposal:
        body.setdefault("proposal", proposal["id"])
        # Of a call of a tool: these bytes were shown, and on others nothing is judged.
        if proposal.get("digest"):
            body.setdefault("seen", proposal["digest"])
    return post(f"/v1/cases/{segment(case['case']['id'])}/judgments", body)
