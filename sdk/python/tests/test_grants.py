"""Grants checked without the server."""

from __future__ import annotations

import base64
import time
from typing import Any, Tuple

import pytest
from conftest import Server, eventually

from tandem import _ed25519, grants
from tandem.grants import GrantRefused

# RFC 8032, section 7.1: public key, message, signature of the tests 1, 2 and 3.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_the_vectors_of_the_rfc(key: str, message: str, signature: str) -> None:
    public, text, signed = (bytes.fromhex(part) for part in (key, message, signature))
    assert _ed25519.verify(public, text, signed)
    for at in range(0, 64, 5):
        bad = bytearray(signed)
        bad[at] ^= 1
        assert not _ed25519.verify(public, text, bytes(bad))
    assert not _ed25519.verify(public, text + b"x", signed)
    assert not _ed25519.verify(public, text, signed[:63])
    # The same signature in another form: S beyond the order of the group.
    order = 2**252 + 27742317777372353535851937790883648493
    larger = int.from_bytes(signed[32:], "little") + order
    assert not _ed25519.verify(public, text, signed[:32] + larger.to_bytes(32, "little"))


def test_points_of_small_order_sign_nothing() -> None:
    # With the neutral element as key and nonce, S = 0 fits every message by the bare equation.
    neutral = (1).to_bytes(32, "little")
    assert not _ed25519.verify(neutral, b"anything", neutral + bytes(32))
    # The same point written with y + p.
    other = (1 + 2**255 - 19).to_bytes(32, "little")
    assert not _ed25519.verify(other, b"anything", other + bytes(32))


def test_the_vector_of_signed_notes() -> None:
    """Signatures of Go's note package, where the format comes from."""
    key = grants._key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    note = (
        f"{text}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
        "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    assert grants._signed_text(note, [key]) == text
    with pytest.raises(GrantRefused, match="altered"):
        grants._signed_text(note.replace("answer", "anwser"), [key])


@pytest.fixture(scope="module")
def given(server: Server, reviewer_key: str) -> Tuple[str, str, Any]:
    """A note of the server, its key, and the grant it came with."""
    with server.client() as t, server.client(reviewer_key) as reviewer:
        key = t.request("GET", "/v1/grants/key")["vkey"]
        call = {"tool": "refund", "arguments": {"order": "Ä-1", "amount": 80.25}}
        case = t.submit("refunds", input={"order": "Ä-1"}, proposal={"output": {"refund": call}})
        reviewer.judge(case["id"], "approve", seen=case["proposal"]["digest"])
        decision = t.wait(case["id"], timeout=150)
        grant = eventually(lambda: t.consume(case["id"], decision["digest"], "payments/1"))
    return grant["note"], key, grant


def test_a_grant_of_the_server(given: Tuple[str, str, Any]) -> None:
    note, key, grant = given
    found = grants.verify(note, key, consumer="payments/1", tool="refund")
    assert (found.id, found.tool, found.arguments) == (
        grant["grant"],
        "refund",
        {"order": "Ä-1", "amount": 80.25},
    )
    assert (found.digest, found.consumer) == (grant["digest"], "payments/1")
    assert len(found.approvers) == 1
    assert found.approvers[0]["person"]
    assert (found.expires_at - found.issued_at).total_seconds() == 300
    assert grants.verify(note, [other_key(), key]).id == found.id


def other_key() -> str:
    import hashlib

    data = b"\x01" + bytes.fromhex(VECTORS[0][0])
    ident = hashlib.sha256(b"other\n" + data).digest()[:4].hex()
    return f"other+{ident}+{base64.b64encode(data).decode()}"


def test_what_is_not_to_be_run(given: Tuple[str, str, Any]) -> None:
    note, key, _ = given
    issued = grants.verify(note, key).issued_at.timestamp()
    for why, call in {
        "altered": lambda: grants.verify(note.replace("80.25", "90.25"), key),
        "for 'payments/1'": lambda: grants.verify(note, key, consumer="payments/2"),
        "not for 'wipe'": lambda: grants.verify(note, key, tool="wipe"),
        "expired": lambda: grants.verify(note, key, now=issued + 301),
        "has not come": lambda: grants.verify(note, key, now=issued - 60),
        "not signed with": lambda: grants.verify(note, other_key()),
        "no signed note": lambda: grants.verify(note[:-1], key),
        "cannot be read": lambda: grants.verify(note[:-20] + "?" + note[-19:], key),
    }.items():
        with pytest.raises(GrantRefused, match=why):
            call()
    assert grants.verify(note, key, now=issued + 301, tolerance=5).id


def test_every_byte_of_the_note_counts(given: Tuple[str, str, Any]) -> None:
    note, key, _ = given
    data = note.encode()
    for at in range(0, len(data), 41):
        if at == data.rindex(b"=") - 1:
            # Of the last sign before the padding some bits say nothing.
            continue
        bad = bytearray(data)
        bad[at] ^= 1
        with pytest.raises((GrantRefused, UnicodeDecodeError)):
            grants.verify(bad.decode(), key)


def test_a_text_that_is_signed_and_no_grant(server: Server, given: Tuple[str, str, Any]) -> None:
    """A checkpoint is signed by another key, and is no grant whatever key is pinned."""
    _, key, _ = given
    with server.client() as t:
        checkpoint = t.request("GET", "/v1/ledger/checkpoint")
    with pytest.raises(GrantRefused):
        grants.verify(str(checkpoint.get("note", checkpoint)), key)


def test_keys_that_are_none(given: Tuple[str, str, Any]) -> None:
    note, key, _ = given
    name, ident, data = key.rsplit("+", 2)
    for bad in ["", "x", f"{name}+{ident}", f"{name}+{ident}+AA==", f"x{name}+{ident}+{data}"]:
        with pytest.raises(ValueError, match="key"):
            grants.verify(note, bad)


def test_it_is_quick_enough(given: Tuple[str, str, Any]) -> None:
    note, key, _ = given
    began = time.perf_counter()
    for _ in range(10):
        grants.verify(note, key)
    assert time.perf_counter() - began < 60.0
