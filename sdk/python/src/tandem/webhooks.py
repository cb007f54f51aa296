"""Verify webhooks: whether a request came from your server, whole and now.

>>> from tandem import webhooks
>>> event = webhooks.verify(request.headers, request.body, "whsec_…")  # doctest: +SKIP
>>> event["type"], event["data"]["outcome"]  # doctest: +SKIP
('tandem.case.decided', 'approved')

The format is Standard Webhooks 1.0.0 around a CloudEvents 1.0 body, so the verifiers of other
languages fit as well. A message may come twice: drop repeats by ``event["id"]``, which is the
header ``webhook-id``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any, Dict, Mapping, Optional, Sequence, Union, cast

__all__ = ["WebhookRefused", "verify"]

_PREFIX = "whsec_"


class WebhookRefused(Exception):
    """The request is not to be believed; answer it with 400 and do nothing."""


def verify(
    headers: Mapping[str, str],
    body: Union[bytes, str],
    secret: Union[str, Sequence[str]],
    *,
    tolerance: float = 300.0,
    now: Optional[float] = None,
) -> Dict[str, Any]:
    """Check a request's signature and age, and return its event.

    ``body`` is the body as it came, before any parsing. ``secret`` is the webhook's ``whsec_…``,
    or several while it is changed. ``tolerance`` is how many seconds the message may be old, or
    ahead of this machine's clock.

    Raises :class:`WebhookRefused` for whatever is not to be believed, and ``ValueError`` for a
    secret that is none.
    """
    raw = body.encode() if isinstance(body, str) else bytes(body)
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    lower = {str(name).lower(): value for name, value in headers.items()}
    try:
        message = lower["webhook-id"]
        sent = lower["webhook-timestamp"]
        signatures = lower["webhook-signature"]
    except KeyError as missing:
        raise WebhookRefused(f"the header {missing.args[0]} is missing") from None
    if not (sent.isascii() and sent.isdigit()):
        raise WebhookRefused("the header webhook-timestamp is no time")
    age = (time.time() if now is None else now) - int(sent)
    if abs(age) > tolerance:
        where = "old" if age > 0 else "ahead of this machine's clock"
        raise WebhookRefused(f"the message is {abs(age):.0f} s {where}")
    signed = f"{message}.{sent}.".encode() + raw
    made = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    # Every pair is compared, so that the time taken says nothing about which of them fits.
    fits = [hmac.compare_digest(mine, theirs) for theirs in _theirs(signatures) for mine in made]
    if not any(fits):
        raise WebhookRefused("no signature fits: another secret, or another body")
    try:
        event = json.loads(raw)
    except ValueError:
        raise WebhookRefused("the body is no JSON") from None
    if not isinstance(event, dict) or event.get("id") != message:
        raise WebhookRefused("the body is about another message")
    return cast("Dict[str, Any]", event)


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a webhook's secret begins with {_PREFIX}")
    try:
        return base64.b64decode(secret[len(_PREFIX) :], validate=True)
    except binascii.Error:
        raise ValueError("this secret was not copied whole") from None


def _theirs(header: str) -> list[bytes]:
    found = []
    for one in header.split():
        version, _, text = one.partition(",")
        if version != "v1":
            continue
        try:
            found.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            continue
    return found
