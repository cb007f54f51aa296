"""The real binary on a temporary data directory, one server for all tests that do not kill it."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import secrets
import select
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence

import pytest

from tandem import Tandem

ROOT = Path(__file__).resolve().parents[3]

INTENTS: Dict[str, Any] = {
    "loop": "intents",
    "coverage": "selective",
    "input": {"text": {"kind": "text"}},
    "answer": {"intent": {"kind": "choice", "options": ["card_arrival", "lost_card", "other"]}},
    "reject_reasons": ["unsafe"],
    "policy": {"confidence": {"auto_at": 0.9}},
    "review": {"undo": "0s"},
}


class Server:
    """One server process that can be killed and started again at the same address."""

    #: Options of `serve` besides the usual ones.
    options: List[str] = []

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self._options = options
        self.key = f"tdm_{secrets.token_hex(24)}"
        self._listen = "127.0.0.1:0"
        self.url = ""
        self.start()

    def start(self) -> None:
        environment = {
            **os.environ,
            "TANDEM_ADMIN_KEY": self.key,
            "XDG_CONFIG_HOME": str(self.directory / "config"),
            "TANDEM_LOG": "warn",
        }
        log = open(self.directory / "server.log", "ab")  # noqa: SIM115
        self._process = subprocess.Popen(
            [
                os.environ["TANDEM_BIN"],
                "serve",
                "--json",
                "--webhook-allow-private",
                "--model-allow-private",
                "--listen",
                self._listen,
                "--data-dir",
                str(self.directory / "data"),
                *self._options,
                *self.options,
            ],
            env=environment,
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        log.close()
        self.url = json.loads(self._first_line(300.0))["url"]
        self._listen = self.url[len("http://") :]

    def _first_line(self, timeout: float) -> bytes:
        out = self._process.stdout
        assert out is not None
        ready, _, _ = select.select([out], [], [], timeout)
        line = out.readline() if ready else b""
        if not line:
            self.kill()
            text = (self.directory / "server.log").read_text(errors="replace")
            pytest.fail(f"the server did not start:\n{text[-4000:]}")
        return line

    def kill(self) -> None:
        """kill -9."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def client(self, key: str = "", **options: Any) -> Tandem:
        return Tandem(self.url, key or self.key, **options)

    def lift(self, scope: str) -> None:
        """Lifts a halt: a person does, not a machine's key."""
        with self.client(self.member_key([{"loop": "*", "role": "orchestrator"}])) as owner:
            owner.request("POST", "/v1/resume", json={"scope": scope, "reason": "go"})

    def member_key(self, roles: List[Dict[str, str]]) -> str:
        """The key of a new person: nobody judges what they handed in."""
        name = secrets.token_hex(6)
        with self.client() as admin:
            member = admin.request(
                "POST",
                "/v1/members",
                json={"name": name, "email": f"{name}@example.org", "roles": roles},
            )
            key = admin.request(
                "POST", "/v1/keys", json={"name": name, "member": member["id"], "roles": roles}
            )
        return str(key["secret"])


def eventually(check: Any, timeout: float = 300.0) -> Any:
    """What `check` returns as soon as it is true."""
    end = time.monotonic() + timeout
    while True:
        found = check()
        if found or time.monotonic() > end:
            assert found, "it did not happen in time"
            return found
        time.sleep(0.05)


def pytest_configure(config: pytest.Config) -> None:
    # Nothing is captured yet: what is captured is lost with the process.
    config.stash[TERMINAL] = os.dup(2)


TERMINAL = pytest.StashKey[int]()


@pytest.fixture(autouse=True)
def no_hang(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that does not end says where it stands, and ends everything."""
    faulthandler.dump_traceback_later(1200, exit=True, file=request.config.stash[TERMINAL])
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True)
def collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test tolerates of its peers' clients is cleared away within that test."""
    yield
    if request.node.get_closest_marker("filterwarnings"):
        gc.collect()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not os.environ.get("TANDEM_BIN"):
        pytest.skip("TANDEM_BIN names no server binary; `cargo xtask test` sets it")
    running = Server(tmp_path_factory.mktemp("server"))
    prepare(running)
    yield running
    running.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    if not os.environ.get("TANDEM_BIN"):
        pytest.skip("TANDEM_BIN names no server binary; `cargo xtask test` sets it")
    running = Server(tmp_path)
    prepare(running)
    yield running
    running.kill()


@pytest.fixture(scope="session", autouse=True)
def long_waits(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Waits of more than a minute begin with the first test: they pass while the others run."""
    wanted = any(item.path.name == "test_mcp.py" for item in request.session.items)
    if not wanted or not os.environ.get("TANDEM_BIN"):
        yield None
        return
    from mcp_clients import LongWaits

    running = Server(tmp_path_factory.mktemp("waits"))
    prepare(running)
    yield LongWaits(running)
    running.kill()


def prepare(running: Server) -> None:
    with running.client() as admin:
        admin.loops.put("intents", INTENTS)
        admin.loops.put("refunds", ROOT / "examples/loops/refunds.yaml")


@pytest.fixture
def t(server: Server) -> Iterator[Tandem]:
    """A client that hands in, with every right."""
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def reviewer_key(server: Server) -> str:
    return server.member_key([{"loop": "*", "role": "reviewer"}])


@pytest.fixture
def reviewer(server: Server, reviewer_key: str) -> Iterator[Tandem]:
    """A client of another person, who reviews."""
    with server.client(reviewer_key) as client:
        yield client


class Reviewing(threading.Thread):
    """A person in the background who judges what comes, one after the other."""

    def __init__(
        self, reviewer: Tandem, *judgments: Any, loop: str = "refunds", queues: Sequence[str] = ()
    ) -> None:
        super().__init__(daemon=True)
        self.cases: List[Any] = []
        self._reviewer, self._judgments, self._loop = reviewer, judgments, loop
        self._queues = list(queues)
        self.start()

    def run(self) -> None:
        for verdict, more in self._judgments:
            (claim,) = eventually(lambda: self._claim())
            self.cases.append(claim["case"])
            self._reviewer.judge(claim, verdict, **more)

    def _claim(self) -> Any:
        return self._reviewer.claim(loops=[self._loop], queues=self._queues)

    def done(self) -> List[Any]:
        self.join(350)
        assert len(self.cases) == len(self._judgments), "not everything came to be judged"
        return self.cases


def edited(order: str, amount: float) -> Any:
    """A reviewer's edit of a refund."""
    call = {"tool": "refund", "arguments": {"order": order, "amount": amount}}
    return "modify", {"answer": {"refund": call}}


APPROVE: Any = ("approve", {})
REJECT: Any = ("reject", {"reasons": ["not_due"], "comment": "The order was delivered"})
ANSWER: Any = ("answer", {"answer": {"refund": {"respond": "paid on Monday"}}})
