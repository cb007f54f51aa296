"""Check grants without the server: who allowed which call, for whom and until when.

>>> from tandem import grants
>>> key = "tandem.example/grants+9f3c01aa+AR…"
>>> grant = grants.verify(note, key, consumer="payments/1")  # doctest: +SKIP
>>> grant.tool, grant.arguments  # doctest: +SKIP
('refund', {'order': 'A-17', 'amount': 240})

``note`` comes with the grant (``current_grant()["note"]``). Read the key once from
``GET /v1/grants/key`` and pin it: a key fetched beside each note proves nothing. Then run what
stands in the grant rather than what came beside it, and drop repeats by ``grant.id``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _ed25519

__all__ = ["GrantRefused", "VerifiedGrant", "verify"]

_HEADER = "tandem-grant/v1"
_MARK = "\u2014 "
_ED25519 = 1

#: Name, id, and the key itself.
_Key = Tuple[str, bytes, bytes]


class GrantRefused(Exception):
    """The note is not to be believed, or not now, or not for this consumer: run nothing."""


@dataclass(frozen=True)
class VerifiedGrant:
    """What a note that was checked allows."""

    #: Its id; whoever executes drops repeats by it.
    id: str
    case: str
    #: The tool that may run; None where the decision is not over a call.
    tool: Optional[str]
    #: The arguments of the call, or the whole answer.
    arguments: Dict[str, Any]
    #: The only one who may run it.
    consumer: str
    #: Who approved: `member` and `person` of each judgment that counted.
    approvers: List[Dict[str, Any]]
    #: Digest of the decision in the ledger.
    digest: str
    #: What the tool acts on, where the loop says so.
    target: Optional[str]
    issued_at: datetime
    expires_at: datetime
    #: Everything that was signed.
    document: Dict[str, Any]


def verify(
    note: str,
    key: Union[str, Sequence[str]],
    *,
    consumer: Optional[str] = None,
    tool: Optional[str] = None,
    now: Optional[float] = None,
    tolerance: float = 0.0,
) -> VerifiedGrant:
    """Check a grant's signature and time, and return what it allows.

    ``key`` is the public key that was pinned (``name+id+base64``), or several while it is changed.
    ``consumer`` and ``tool`` refuse a grant that was given to another, or for another tool.
    ``tolerance`` is how many seconds this machine's clock may be off the server's; ``now`` is a
    time in place of this machine's.

    Raises :class:`GrantRefused` for whatever is not to be run, and ``ValueError`` for a key that is
    none.
    """
    keys = [_key(one) for one in ([key] if isinstance(key, str) else key)]
    text = _signed_text(note, keys)
    lines = text.split("\n")
    if len(lines) != 3 or lines[0] != _HEADER:
        raise GrantRefused(f"the note is no {_HEADER}")
    try:
        grant = _read(json.loads(lines[1]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GrantRefused(f"the grant cannot be read: {error!r}") from error
    at = datetime.fromtimestamp(time.time() if now is None else now, timezone.utc)
    if (at - grant.expires_at).total_seconds() > tolerance:
        raise GrantRefused(f"the grant expired at {grant.expires_at.isoformat()}")
    if (grant.issued_at - at).total_seconds() > max(tolerance, 1.0):
        raise GrantRefused("the grant is of a time that has not come: look at this machine's clock")
    if consumer is not None and grant.consumer != consumer:
        raise GrantRefused(f"the grant is for {grant.consumer!r}, not for {consumer!r}")
    if tool is not None and grant.tool != tool:
        raise GrantRefused(f"the grant is for the tool {grant.tool!r}, not for {tool!r}")
    return grant


def _signed_text(note: str, keys: Sequence[_Key]) -> str:
    """The text of a note that one of the keys signed. Every signature of theirs has to fit."""
    head, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise GrantRefused("this is no signed note")
    text = head + "\n"
    known = False
    for line in tail[:-1].split("\n"):
        name, ident, signature = _signature(line)
        for key in keys:
            if key[:2] != (name, ident):
                continue
            known = True
            if not _ed25519.verify(key[2], text.encode(), signature):
                raise GrantRefused("the signature does not fit: the note was altered")
    if not known:
        raise GrantRefused("the note is not signed with a key that is trusted here")
    return text


def _signature(line: str) -> Tuple[str, bytes, bytes]:
    name, gap, encoded = line[len(_MARK) :].partition(" ")
    if not line.startswith(_MARK) or not name or not gap:
        raise GrantRefused("a signature of the note cannot be read")
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise GrantRefused("a signature of the note cannot be read") from None
    return name, data[:4], data[4:]


def _key(text: str) -> _Key:
    name, _, rest = text.strip().partition("+")
    ident, _, encoded = rest.partition("+")
    try:
        number = bytes.fromhex(ident)
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a grant key has the form name+id+base64") from None
    if not name or len(number) != 4 or len(data) != 33 or data[0] != _ED25519:
        raise ValueError("a grant key has the form name+id+base64")
    if hashlib.sha256(name.encode() + b"\n" + data).digest()[:4] != number:
        raise ValueError("this key was altered or not copied whole: its id does not belong to it")
    return name, number, data[1:]


def _read(document: Dict[str, Any]) -> VerifiedGrant:
    output: Dict[str, Any] = document["output"] or {}
    calls: List[Mapping[str, Any]] = (document.get("gate") or {}).get("calls") or []
    tool, target, arguments = None, None, output
    if calls:
        call = calls[0]
        tool, target = str(call["tool"]), call.get("target")
        arguments = output[call["field"]]["arguments"]
    return VerifiedGrant(
        id=str(document["grant"]),
        case=str(document["case"]),
        tool=tool,
        arguments=dict(arguments),
        consumer=str(document["consumer"]),
        approvers=list(document["approvers"]),
        digest=str(document["digest"]),
        target=target,
        issued_at=_time(document["issued_at"]),
        expires_at=_time(document["expires_at"]),
        document=document,
    )


def _time(text: str) -> datetime:
    """RFC 3339 with any number of digits behind the second; Python 3.9 reads three or six."""
    whole, _, rest = text.rstrip("Z").partition(".")
    when = datetime.fromisoformat(f"{whole}.{rest[:6]:0<6}")
    return when.replace(tzinfo=timezone.utc) if when.tzinfo is None else when
