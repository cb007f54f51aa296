"""Ed25519 signatures, verified (RFC 8032, section 5.1.7), for whoever has no library for it.

Only verification, so nothing here is secret and the time it takes tells nothing. Stricter than
the RFC where that closes doors: points in one encoding only, none of small order, so a signature
fits one message and key. A library would make installing heavier for the sake of a millisecond.
"""

from __future__ import annotations

import hashlib
from typing import Optional, Tuple

#: x, y, z and t of a point of the curve, with x = X/Z, y = Y/Z and xy = T/Z.
Point = Tuple[int, int, int, int]

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message was made with the key's secret half."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, nonce = _decode(public), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or scalar >= _ORDER:
        return False
    if _small(key) or _small(nonce):
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % _ORDER
    return _same(_times(scalar, _BASE), _plus(nonce, _times(challenge, key)))


def _plus(a: Point, b: Point) -> Point:
    one = (a[1] - a[0]) * (b[1] - b[0]) % _P
    two = (a[1] + a[0]) * (b[1] + b[0]) % _P
    three = 2 * a[3] * b[3] * _D % _P
    four = 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = _plus(product, point)
        point = _plus(point, point)
        scalar >>= 1
    return product


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % _P == 0 and (a[1] * b[2] - b[1] * a[2]) % _P == 0


def _small(point: Point) -> bool:
    return _same(_times(8, point), (0, 1, 1, 0))


def _decode(data: bytes) -> Optional[Point]:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _base() -> Point:
    point = _decode((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))
    assert point is not None
    return point


_BASE = _base()
