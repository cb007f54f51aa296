"""Notifications as members get them: a real mail server, and a stand-in of the chat's API that the
real SDK of Slack signs for. The pages under docs/ run against them."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Dict, Iterator, List
from urllib.parse import urlencode

import httpx
import pytest
from aiosmtpd.controller import Controller
from conftest import ROOT, Server, eventually
from slack_sdk.signature import SignatureVerifier

SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
TOKEN = "xoxb-test"


class Mailbox:
    """Keeps what comes; refuses whoever is named `nobody`."""

    def __init__(self) -> None:
        self.got: List[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, _: Any) -> str:
        if to.startswith("nobody"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope)
        return "250 taken"

    def to(self, address: str) -> List[str]:
        mine = [mail for mail in list(self.got) if address in mail.rcpt_tos]
        return [mail.content.decode().replace("=\r\n", "") for mail in mine]


class Chat(ThreadingHTTPServer):
    """Slack's API as far as it is called: the methods' bodies are kept."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: List[Dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Methods)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def calls(self, method: str) -> List[Dict[str, Any]]:
        return [call for call in list(self.got) if call["method"] == method]


class _Methods(BaseHTTPRequestHandler):
    server: Chat

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"{}")
        method = self.path.rsplit("/", 1)[-1]
        good = self.headers["authorization"] == f"Bearer {TOKEN}"
        self.server.got.append({"method": method, **body})
        reply: Dict[str, Any] = {"ok": good, "team": "Test"}
        if not good:
            reply["error"] = "invalid_auth"
        if method == "chat.postMessage":
            reply.update(channel="D" + body["channel"], ts=f"{len(self.server.got)}.5")
        data = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


class Told(Server):
    """A server that tells people."""

    def __init__(self, directory: Path) -> None:
        self.mailbox, self.chat = Mailbox(), Chat()
        port = self.listen()
        self.options = [
            "--smtp-url",
            f"smtp://127.0.0.1:{port}?tls=none",
            "--mail-from",
            "Tandem <tandem@example.org>",
            "--slack-url",
            f"http://127.0.0.1:{self.chat.server_address[1]}/api",
            "--secret",
            "SLACK_BOT_TOKEN=CHAT_TOKEN",
            "--secret",
            "CHAT_SIGNING=CHAT_SIGNING",
            "--slack-signing-secret",
            "CHAT_SIGNING",
            "--public-url",
            "https://tandem.example.org",
        ]
        os.environ.update(CHAT_TOKEN=TOKEN, CHAT_SIGNING=SIGNING)
        super().__init__(directory)

    def listen(self) -> int:
        """Starts the mail server, whose controller wants a port while it is still anybody's."""
        for _ in range(5):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = int(free.getsockname()[1])
            self.smtp = Controller(self.mailbox, hostname="127.0.0.1", port=port, ready_timeout=120)
            try:
                self.smtp.start()
            except OSError:
                continue
            return port
        pytest.fail("no port was free")

    def member(self, name: str, role: str) -> Any:
        """A member who can sign in, and a key of theirs."""
        password, email = secrets.token_hex(12), f"{name}@example.org"
        roles = [{"loop": "*", "role": role}]
        with self.client() as admin:
            new = {"name": name, "email": email, "password": password, "roles": roles}
            member = admin.request("POST", "/v1/members", json=new)
            made = {"name": name, "member": member["id"], "roles": roles}
            key = admin.request("POST", "/v1/keys", json=made)
        return email, password, str(key["secret"])

    def browser(self, email: str, password: str) -> closing[httpx.Client]:
        browser = httpx.Client(base_url=self.url, timeout=120)
        session = browser.post("/v1/session", json={"email": email, "password": password})
        assert session.status_code == 201, session.text
        browser.headers["x-csrf-token"] = session.json()["csrf"]
        browser.cookies = httpx.Cookies(session.cookies)
        return closing(browser)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    if not os.environ.get("TANDEM_BIN"):
        pytest.skip("TANDEM_BIN names no server binary; `cargo xtask test` sets it")
    running = Told(tmp_path_factory.mktemp("told"))
    source = (ROOT / "examples/loops/refunds.yaml").read_text()
    assert "\nreview:\n" in source
    file = running.directory / "refunds.yaml"
    file.write_text(source.replace("\nreview:\n", "\nreview:\n  channels: [chat]\n"))
    with running.client() as admin:
        admin.loops.put("refunds", file)
    yield running
    running.kill()
    running.smtp.stop()
    running.chat.shutdown()
    running.chat.server_close()


def refund(server: Told) -> str:
    call = {
        "tool": "refund",
        "arguments": {"order": f"A-{secrets.token_hex(3)}", "amount": 7431.25},
    }
    with server.client() as agent:
        case = agent.submit(
            "refunds",
            input={"order": call["arguments"]["order"]},
            proposal={"output": {"refund": call}, "confidence": 0.5},
        )
    return str(case["id"])


def page(server: Told, name: str, key: str) -> subprocess.CompletedProcess[str]:
    """Runs the Python of a page."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks, f"{name} has no Python"
    return subprocess.run(
        [sys.executable, "-c", "".join(blocks)],
        env={**os.environ, "TANDEM_URL": server.url, "TANDEM_KEY": key},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_mail_and_its_link(told: Told) -> None:
    email, password, key = told.member("mia", "reviewer")
    case = refund(told)
    (mail,) = eventually(lambda: told.mailbox.to(email))
    head, text = mail.split("\r\n\r\n", 1)
    assert "Approval wanted" in head
    assert "Auto-Submitted: auto-generated" in head
    assert "7431" not in text.split("https://")[0], "no arguments in mail"
    link = re.search(r"https://tandem\.example\.org/open#(\S+)", text)
    assert link
    # What a scanner does: it fetches, twice, and changes nothing.
    with httpx.Client(base_url=told.url, timeout=120) as scanner:
        for _ in range(2):
            assert scanner.get("/open").status_code == 200
            assert scanner.head("/open").status_code == 200
        denied = scanner.post("/v1/notifications/open", json={"token": link.group(1)})
        assert denied.status_code == 401
    with told.browser(email, password) as browser:
        bare = dict(browser.headers)
        bare.pop("x-csrf-token")
        token = {"token": link.group(1)}
        forged = httpx.post(
            f"{told.url}/v1/notifications/open",
            json=token,
            headers=bare,
            cookies=browser.cookies,
            timeout=120,
        )
        assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
        opened = browser.post("/v1/notifications/open", json=token)
        assert opened.json() == {"case": case}
        assert browser.post("/v1/notifications/open", json=token).json()["code"] == "link_used"
    with told.client(key) as mia:
        assert mia.notifications()["unread"] >= 1
        assert mia.case(case)["status"] == "queued", "opening decides nothing"


def test_a_refused_recipient_is_given_up_and_the_rest_goes_on(told: Told) -> None:
    told.member("nobody", "reviewer")
    email, _, _ = told.member("sam", "reviewer")
    refund(told)
    eventually(lambda: told.mailbox.to(email))
    with told.client() as admin:

        def given_up() -> Any:
            found = {channel["id"]: channel for channel in admin.notification_channels()}
            return found["email"]["dead"] and found["email"]

        channel = eventually(given_up)
    assert channel["health"] == "good"
    assert any("no such user" in (line["error"] or "") for line in channel["deliveries"])


def press(told: Told, account: str, value: str, at: str = "", secret: str = SIGNING) -> Any:
    """Presses a button, signed by Slack's own SDK."""
    payload = {
        "type": "block_actions",
        "user": {"id": account},
        "channel": {"id": f"D{account}"},
        "message": {"ts": "1.5"},
        "actions": [{"action_id": "tandem_approve", "value": value}],
    }
    body = urlencode({"payload": json.dumps(payload)})
    time_s = at or str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=time_s, body=body)
    assert signature
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": time_s,
        "x-slack-signature": signature,
    }
    return httpx.post(
        f"{told.url}/v1/slack/interactions", content=body, headers=headers, timeout=120
    )


def test_a_button_of_a_linked_account_decides_once(told: Told) -> None:
    email, password, key = told.member("rob", "reviewer")
    with told.browser(email, password) as browser:
        asked = browser.post("/v1/members/me/slack", json={"account": "U0ROB"})
        assert asked.status_code == 204, asked.text
        (sent,) = [c for c in told.chat.calls("chat.postMessage") if c["channel"] == "U0ROB"]
        link = re.search(r"/settings/notifications#([\w-]+)", json.dumps(sent))
        assert link
        tied = browser.post("/v1/members/me/slack/confirm", json={"token": link.group(1)})
        assert tied.json() == {"account": "U0ROB"}
    done = page(told, "slack", key)
    assert done.returncode == 0, done.stderr
    assert "'delivered': True" in done.stdout
    case = refund(told)

    def buttons() -> Any:
        for call in told.chat.calls("chat.postMessage"):
            if call["channel"] == "U0ROB" and case in json.dumps(call["blocks"]):
                return [b for b in call["blocks"][1]["elements"] if b.get("value")]
        return None

    approve = next(b for b in eventually(buttons) if b["action_id"] == "tandem_approve")
    forged = press(told, "U0ROB", approve["value"], secret="other")
    assert forged.status_code == 401
    old = press(told, "U0ROB", approve["value"], at=str(int(time.time()) - 301))
    assert old.status_code == 401
    at = str(int(time.time()))
    first = press(told, "U0ROB", approve["value"], at)
    assert first.json() == {"judged": case}, first.text
    assert press(told, "U0ROB", approve["value"], at).status_code == 409
    with told.client() as admin:
        assert admin.case(case)["status"] == "decided"
    changed = eventually(lambda: told.chat.calls("chat.update"))
    assert "tandem_approve" not in json.dumps(changed[-1]["blocks"])
    assert "refused" in press(told, "U0STRANGER", approve["value"]).json()


def test_the_pages_run(told: Told) -> None:
    email, _, key = told.member("ann", "reviewer")
    refund(told)
    with told.client(key) as ann:
        eventually(lambda: ann.notifications(unread=True)["items"])
        done = page(told, "notifications", key)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("approval ")
        assert ann.notifications(unread=True)["unread"] == 0
        assert ann.notification_preferences()["ways"]["overruled"] == ["app", "email"]
    done = page(told, "email", key)
    assert done.returncode == 0, done.stderr
    assert "'delivered': True" in done.stdout
    assert any("This is a test" in mail for mail in told.mailbox.to(email))


def test_the_doctor_sees_mail_and_chat(told: Told, tmp_path: Path) -> None:
    def doctor(mail: str, *more: str) -> Any:
        command = [os.environ["TANDEM_BIN"], "doctor", "--json", "--listen", "127.0.0.1:0"]
        command.append("--webhook-allow-private")
        data = ["--data-dir", str(tmp_path / "data"), "--key-file", str(tmp_path / "key")]
        options = [mail, *told.options[2 : told.options.index("--public-url")]]
        ran = subprocess.run(
            [*command, *data, *options, *more],
            capture_output=True,
            text=True,
            timeout=300,
            cwd=tmp_path,
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
            check=False,
        )
        checks = json.loads(ran.stdout)["checks"]
        return ran.returncode, {check["name"]: check for check in checks}

    code, found = doctor(f"--smtp-url={told.options[1]}", "--url", told.url, "--key", told.key)
    bad = {name: check for name, check in found.items() if check["state"] == "bad"}
    assert not bad, bad
    assert found["mail"]["state"] == "good", found
    assert found["chat"]["state"] == "good", found
    assert found["server"]["state"] == "good", found
    assert found["ledger head"]["state"] in ("good", "note")
    assert {"notifications", "channels", "webhooks", "models", "clock", "public URL"} <= set(found)
    assert code == 0, found
    code, found = doctor("--smtp-url=smtp://127.0.0.1:9?tls=none")
    assert (code, found["mail"]["state"]) == (1, "bad")
    assert found["mail"]["mend"]
