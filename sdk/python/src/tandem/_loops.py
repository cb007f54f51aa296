"""Loop files, as calls."""

from __future__ import annotations

import uuid
from os import PathLike
from pathlib import Path
from typing import Any, Dict, Iterable, Mapping, Optional, Union

from ._cases import segment
from ._flow import Call, encode, get, post

#: A loop file: its YAML, an object, or the path of a YAML or JSON file.
Source = Union[str, bytes, Mapping[str, Any], "PathLike[str]"]


def put(name: str, source: Source, draft: bool, reason: str) -> Call:
    """Publishes a version."""
    kind = "application/yaml"
    if isinstance(source, Mapping):
        content, kind = encode(dict(source)), "application/json"
    elif isinstance(source, bytes):
        content = source
    elif isinstance(source, str):
        content = source.encode()
    else:
        path = Path(source)
        content = path.read_bytes()
        kind = "application/json" if path.suffix == ".json" else kind
    params = {"draft": "true"} if draft else {}
    if reason:
        params["reason"] = reason
    return Call(
        "PUT",
        f"/v1/loops/{segment(name)}",
        params,
        content,
        kind,
        idempotency_key=str(uuid.uuid4()),
    )


def read(name: str, version: Optional[int]) -> Call:
    """Reads a loop, or one version of it."""
    params = {} if version is None else {"version": str(version)}
    return get(f"/v1/loops/{segment(name)}", params)


def chain(name: str) -> Call:
    """Reads how the links of a loop's chain fare."""
    return get(f"/v1/loops/{segment(name)}/chain")


def try_chain(name: str, input: Mapping[str, Any], tags: Iterable[str]) -> Call:
    """Asks every link of a loop's chain, without making a case."""
    return post(f"/v1/loops/{segment(name)}/chain/test", {"input": dict(input), "tags": list(tags)})


def page(path: str, params: Mapping[str, str], cursor: Optional[str]) -> Call:
    """One page of a list."""
    query: Dict[str, str] = {"limit": "500", **params}
    if cursor is not None:
        query["cursor"] = cursor
    return get(path, query)
