"""Webhooks as a receiver sees them: real deliveries of the real server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Iterator, List, Tuple

import httpx
import pytest
from conftest import eventually
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tandem import Tandem, webhooks
from tandem.webhooks import WebhookRefused, verify


class Receiver(ThreadingHTTPServer):
    """Takes everything and keeps it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: List[Tuple[Dict[str, str], bytes]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def wait(self, count: int) -> List[Tuple[Dict[str, str], bytes]]:
        deadline = time.monotonic() + 300
        while len(self.got) < count:
            assert time.monotonic() < deadline, f"{len(self.got)} of {count} came"
            time.sleep(0.02)
        return list(self.got)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def admin(server: Any) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {server.key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=120) as client:
        yield client


def add(admin: httpx.Client, receiver: Receiver, **more: Any) -> Dict[str, Any]:
    reply = admin.post("/v1/webhooks", json={"url": receiver.url, **more})
    assert reply.status_code == 201, reply.text
    made: Dict[str, Any] = reply.json()
    return made


def test_a_decision_arrives_and_both_verifiers_take_it(
    t: Tandem, admin: httpx.Client, receiver: Receiver
) -> None:
    hook = add(admin, receiver, kinds=["case.decided"], loops=["intents"])
    case = t.submit(
        "intents",
        input={"text": "where is my card"},
        proposal={"output": {"intent": "card_arrival"}, "confidence": 0.99},
    )
    headers, body = receiver.wait(1)[0]
    event = verify(headers, body, hook["secret"])
    assert event["type"] == "tandem.case.decided"
    assert event["subject"] == case["id"]
    assert event["data"]["outcome"] == "approved"
    assert b"where is my card" not in body
    lower = {name.lower(): value for name, value in headers.items()}
    assert Webhook(hook["secret"]).verify(body, lower) == event

    def settled() -> Any:
        # The receiver has the message before the server has its answer.
        items = admin.get(f"/v1/webhooks/{hook['id']}/deliveries").json()["items"]
        return items if items and items[0]["status"] else None

    told = eventually(settled)
    assert [(one["id"], one["status"]) for one in told] == [(event["id"], 204)]
    assert admin.delete(f"/v1/webhooks/{hook['id']}").status_code == 204


def test_after_a_rotation_the_old_and_the_new_secret_verify(
    admin: httpx.Client, receiver: Receiver
) -> None:
    hook = add(admin, receiver)
    rotated = admin.post(f"/v1/webhooks/{hook['id']}/rotate", json={}).json()
    assert rotated["secret"] != hook["secret"]
    test = admin.post(f"/v1/webhooks/{hook['id']}/test").json()
    assert (test["state"], test["status"]) == ("done", 204)
    # The endpoint takes everything that happens, and not all of it happens here.
    (sent,) = [got for got in receiver.wait(1) if json.loads(got[1])["id"] == test["id"]]
    headers, body = sent
    lower = {name.lower(): value for name, value in headers.items()}
    for secret in (hook["secret"], rotated["secret"]):
        assert verify(headers, body, secret)["id"] == test["id"]
        assert Webhook(secret).verify(body, lower)["id"] == test["id"]
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(bytes(32)).decode()).verify(body, lower)
    assert admin.delete(f"/v1/webhooks/{hook['id']}").status_code == 204


SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = json.dumps({"id": "msg_1", "type": "tandem.case.decided"}).encode()


def signed(at: int = 1_000, body: bytes = BODY, message: str = "msg_1") -> Dict[str, str]:
    text = f"{message}.{at}.".encode() + body
    code = base64.b64encode(hmac.new(b"k" * 32, text, hashlib.sha256).digest()).decode()
    return {
        "Webhook-Id": message,
        "Webhook-Timestamp": str(at),
        "Webhook-Signature": f"v1a,ignored v1,bm90IGl0 v1,{code}",
    }


def test_what_fits_is_returned() -> None:
    assert verify(signed(), BODY, SECRET, now=1_000)["id"] == "msg_1"
    assert verify(signed(), BODY.decode(), [OTHER, SECRET], now=1_299)["id"] == "msg_1"
    assert webhooks.verify is verify


@pytest.mark.parametrize(
    ("headers", "body", "secret", "now", "why"),
    [
        (signed(), BODY, OTHER, 1_000, "no signature fits"),
        (signed(), BODY + b" ", SECRET, 1_000, "no signature fits"),
        ({**signed(), "Webhook-Timestamp": "1001"}, BODY, SECRET, 1_000, "no signature fits"),
        ({**signed(), "Webhook-Id": "msg_2"}, BODY, SECRET, 1_000, "no signature fits"),
        ({**signed(), "Webhook-Signature": "v2,x v1,%%%"}, BODY, SECRET, 1_000, "no signature"),
        (signed(), BODY, SECRET, 1_301, "301 s old"),
        (signed(), BODY, SECRET, 699, "ahead"),
        ({**signed(), "Webhook-Timestamp": "now"}, BODY, SECRET, 1_000, "no time"),
        ({"webhook-id": "msg_1"}, BODY, SECRET, 1_000, "webhook-timestamp is missing"),
        (signed(body=b"nonsense"), b"nonsense", SECRET, 1_000, "no JSON"),
        (signed(body=b"[]"), b"[]", SECRET, 1_000, "another message"),
        (signed(message="msg_9"), BODY, SECRET, 1_000, "another message"),
    ],
)
def test_what_does_not_fit_is_refused(
    headers: Dict[str, str], body: bytes, secret: str, now: float, why: str
) -> None:
    with pytest.raises(WebhookRefused, match=why):
        verify(headers, body, secret, now=now)


def test_a_secret_that_is_none_is_said_so() -> None:
    with pytest.raises(ValueError, match="begins with"):
        verify(signed(), BODY, "secret", now=1_000)
    with pytest.raises(ValueError, match="whole"):
        verify(signed(), BODY, "whsec_abc", now=1_000)
