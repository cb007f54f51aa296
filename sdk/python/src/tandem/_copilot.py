"""The co-pilot, as calls: words suggested for a text, and who wrote it."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Tuple, Union

from ._cases import Json, segment
from ._flow import Call, post
from ._types import Claim


def suggest(
    loop: str,
    about: Union[str, Claim, None],
    input: Optional[Json],
    field: str,
    text: str,
    cursor: Optional[int],
    selection: Optional[Tuple[int, int]],
    details: Mapping[str, Any],
) -> Call:
    """Asks for words."""
    body: Dict[str, Any] = {"field": field, "text": text}
    if about is not None:
        body["case"] = about if isinstance(about, str) else about["case"]["id"]
    if input is not None:
        body["input"] = dict(input)
    if cursor is not None:
        body["cursor"] = cursor
    if selection is not None:
        body["selection"] = {"from": selection[0], "to": selection[1]}
    body.update({key: value for key, value in details.items() if value is not None})
    return post(f"/v1/loops/{segment(loop)}/suggest", body)
