"""The client that blocks."""

from __future__ import annotations

import functools
import inspect
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Generic,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Type,
    TypeVar,
    Union,
    cast,
)

import httpx
from typing_extensions import ParamSpec, Unpack

from . import (
    _absences,
    _batch,
    _cases,
    _conversation,
    _copilot,
    _gate,
    _loops,
    _models,
    _notifications,
    _queues,
    _review,
    _standing,
    _streams,
)
from ._batch import LineResult, Row
from ._cases import CallDetails, CaseDetails, Json
from ._config import Settings
from ._errors import TandemUnavailable
from ._fallback import Fallbacks, decide
from ._flow import Await, Call, Flow, Reply, Sleep, Tell, Unreachable, fetch, post
from ._retry import Attempts, parse_retry_after
from ._run import Supervised
from ._run_parts import OnOverride, OnRedirect, RunOptions
from ._runs import Run
from ._sse import Lines
from ._types import (
    Batch,
    Case,
    Claim,
    Conversation,
    Decision,
    EvaluationCase,
    EvaluationSet,
    Event,
    Grant,
    Judged,
    Loop,
    LoopSummary,
    Message,
    Model,
    NotificationChannel,
    NotificationFeed,
    NotificationPreferences,
    NotificationTest,
    StandingGrant,
    Suggestions,
)

T = TypeVar("T")
P = ParamSpec("P")


class Tandem:
    """A Tandem server, for code that blocks. Safe between threads; close it or use it in `with`.

    `url` and `key` come from `TANDEM_URL` and `TANDEM_KEY` where absent. Times are seconds:
    `timeout` limits one exchange, `patience` how long a call retries a server that is unreachable
    or busy before it raises `TandemUnavailable`, `outage` how long a call that already waits for a
    decision sits out an unreachable server. `transport` replaces the network, for tests.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        key: Optional[str] = None,
        *,
        timeout: float = 30.0,
        patience: float = 15.0,
        outage: float = 600.0,
        transport: Optional[httpx.BaseTransport] = None,
    ) -> None:
        self._settings = Settings.read(url, key, timeout, patience, outage)
        self._fallbacks = Fallbacks()
        self._http = httpx.Client(
            base_url=self._settings.url,
            headers=self._settings.headers(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            transport=transport,
        )
        self.loops = Loops(self)
        self.queues = _queues.Queues(self)
        self.absences = _absences.Absences(self)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._settings.url

    def __enter__(self) -> Tandem:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Fallbacks that no server was told of are lost."""
        if len(self._fallbacks):
            self._drive(self._fallbacks.record_quietly(self._settings))
        self._http.close()

    # Cases

    def submit(
        self,
        loop: str,
        *,
        input: Json,
        proposal: Optional[Json] = None,
        **details: Unpack[CaseDetails],
    ) -> Case:
        """Hands a case in. Returns when it is stored, decided or not."""
        body = _cases.case_body(input, proposal, **details)
        return self._run(_cases.submit(self._settings, loop, body))

    def decide(
        self,
        loop: str,
        *,
        input: Json,
        proposal: Optional[Json] = None,
        timeout: Optional[float] = None,
        fallback: Optional[Json] = None,
        **details: Unpack[CaseDetails],
    ) -> Decision:
        """Hands a case in and blocks until it is decided.

        Restarts of the server are sat out. With a `key`, a restarted caller that asks again gets
        the same case. `fallback` is the output to go on with when the server cannot be reached to
        hand the case in; such a decision has `by` "fallback" and is recorded when the server is
        back. Raises `WaitTimeout` after `timeout` seconds, `CaseCancelled`, `TandemUnavailable`.
        """
        body = _cases.case_body(input, proposal, **details)
        flow = decide(self._settings, self._fallbacks, loop, body, timeout, fallback)
        return self._run(flow)

    def wait(self, case: str, timeout: Optional[float] = None) -> Decision:
        """Blocks until the case has a decision in force. Raises as `decide` does."""
        return self._run(_cases.wait(self._settings, case, timeout))

    def submit_many(self, loop: str, rows: Iterable[Row]) -> Iterator[LineResult]:
        """Hands in any number of cases, in bounded memory: objects, or lines of NDJSON.

        Yields what became of each row, in order and with its number from 1; a bad row is reported
        and the others are stored. Rows without a `key` get one, so that nothing is stored twice.
        """
        for piece in _batch.Cutter().cut(rows):
            yield from self._run(_batch.send(self._settings, loop, piece))

    def case(self, case: str) -> Case:
        """Reads a case."""
        return self._run(_cases.read(self._settings, case))

    def cases(self, loop: str, **filters: str) -> Iterator[Case]:
        """Reads the cases of a loop, newest first; `status=`, `queue=`, `tag=` narrow it."""
        return self._pages(f"/v1/loops/{_cases.segment(loop)}/cases", filters)

    def cancel(self, case: str) -> Case:
        """Withdraws a case that is not decided."""
        return cast(Case, self._json(post(f"/v1/cases/{_cases.segment(case)}/cancel")))

    def reopen(self, case: str, reason: str) -> Case:
        """Opens a decided case again."""
        call = post(f"/v1/cases/{_cases.segment(case)}/reopen", {"reason": reason})
        return cast(Case, self._json(call))

    def appeal(
        self,
        case: str,
        *,
        by: str,
        statement: str,
        evidence: Sequence[Union[str, Mapping[str, str]]] = (),
    ) -> Case:
        """Contests the decision of a case for the person affected (`by`).

        Somebody who took no part in it decides anew. `evidence` holds texts, or mappings with
        `text` or `media` and a `title`. Raises `Conflict` (`not_appealable`, `too_late`,
        `appeal_open`) where that is not possible.
        """
        return cast(Case, self._json(_cases.appeal_call(case, by, statement, evidence)))

    def withdraw_appeal(self, case: str) -> Case:
        """Takes back the open appeal that this client's key handed in."""
        call = post(f"/v1/cases/{_cases.segment(case)}/appeal/withdraw")
        return cast(Case, self._json(call))

    def consume(self, case: str, digest: str, consumer: str) -> Grant:
        """Takes the grant of the decision with this digest, once per consumer."""
        return self._run(_gate.consume(self._settings, case, digest, consumer))

    # Models

    def propose(self, case: str, proposal: Json, *, shadow: bool = False) -> Case:
        """Proposes again on a case. With `shadow` the proposal is only recorded beside the live one
        and compared with what people find; name its `model` then."""
        return cast(Case, self._json(_models.propose(case, proposal, shadow)))

    def register_model(
        self,
        loop: str,
        name: str,
        *,
        prompt: Optional[Json] = None,
        metadata: Optional[Json] = None,
        metrics: Optional[Json] = None,
        artefact: Optional[Json] = None,
        trained_on: int = 0,
    ) -> Model:
        """Registers a version from outside, such as `intent@8`; with `prompt` (its `template` and
        `parameters`) a version of a prompt. `metrics` are shown as claims. Nothing is fetched."""
        details = {
            "prompt": prompt,
            "metadata": metadata,
            "metrics": metrics,
            "artefact": artefact,
            "trained_on": trained_on,
        }
        return cast(Model, self._json(_models.register(loop, name, details)))

    def models(self, loop: str) -> List[Model]:
        """The loop's models, newest first, with their scores and how they do in the shadow."""
        return cast(List[Model], (self._json(_models.listed(loop)))["items"])

    def promote_model(
        self, loop: str, model: str, *, reason: str = "", force: bool = False
    ) -> Model:
        """Makes a version live. Raises `Conflict` (`not_evaluated`) where a frozen evaluation set
        waits for its score."""
        body = {"reason": reason, "force": force}
        return cast(Model, self._json(_models.move(loop, model, "promote", body)))

    def demote_model(self, loop: str, model: str, *, reason: str = "") -> Model:
        """Moves a version back into the shadow."""
        call = _models.move(loop, model, "demote", {"reason": reason})
        return cast(Model, self._json(call))

    def freeze_evaluation(self, loop: str, name: str, size: Optional[int] = None) -> EvaluationSet:
        """Freezes held-out reviewed cases: from now on versions need a score on them."""
        return cast(EvaluationSet, self._json(_models.freeze(loop, name, size)))

    def evaluation_cases(self, loop: str, set: int) -> Iterator[EvaluationCase]:
        """Reads the inputs of an evaluation set, without the answers."""
        loop = _cases.segment(loop)
        return self._pages(f"/v1/loops/{loop}/evaluation-sets/{set}/cases", {})

    def push_evaluation(self, loop: str, model: str, predictions: Iterable[Json]) -> Model:
        """Scores a version by its predictions (`case`, `output`, perhaps `probabilities`) for every
        case of the newest evaluation set. A version is scored once."""
        return cast(Model, self._json(_models.evaluation(loop, model, predictions)))

    # Standing permissions

    def ask_standing(
        self,
        loop: str,
        tool: str,
        *,
        max_count: int,
        until: str,
        reason: str,
        scope: Optional[Json] = None,
        when: Optional[str] = None,
        max_sum: Optional[Json] = None,
        consumer: Optional[str] = None,
        run: Optional[str] = None,
        agent: Optional[str] = None,
    ) -> StandingGrant:
        """Asks for a standing permission and signs it first; others sign after that. `max_sum` is
        `{"of": "/amount", "max": 500}`."""
        terms = {
            "max_count": max_count,
            "until": until,
            "scope": scope,
            "when": when,
            "sum": max_sum,
            "consumer": consumer,
            "run": run,
            "agent": agent,
        }
        call = _standing.ask(loop, tool, reason, terms)
        return cast(StandingGrant, self._json(call))

    def sign_standing(self, grant: StandingGrant) -> StandingGrant:
        """Signs a permission that somebody else asked for, as it is shown in `grant`."""
        return cast(StandingGrant, self._json(_standing.sign(cast(Json, grant))))

    def revoke_standing(self, grant: str, reason: str) -> StandingGrant:
        """Takes a permission back, at once."""
        return cast(StandingGrant, self._json(_standing.revoke(grant, reason)))

    def approve_batch(
        self,
        loop: str,
        tool: str,
        cases: Iterable[Tuple[str, str]],
        *,
        max_count: Optional[int] = None,
        max_sum: Optional[Json] = None,
        comment: Optional[str] = None,
    ) -> Batch:
        """Approves waiting calls of a tool in one sign-off: pairs of case and the digest of the
        proposal that was shown. What changed since is left out and named."""
        more = {"max_count": max_count, "sum": max_sum, "comment": comment}
        return cast(Batch, self._json(_standing.batch(loop, tool, cases, more)))

    # Review

    def claim(
        self,
        *,
        loops: Optional[Sequence[str]] = None,
        queues: Optional[Sequence[str]] = None,
        case: Optional[str] = None,
        limit: int = 1,
        order: Optional[str] = None,
    ) -> List[Claim]:
        """Takes up to `limit` seats; an empty list when nothing waits."""
        answer = self._json(_review.claim(loops, queues, case, limit, order))
        return cast(List[Claim], answer["claims"])

    def renew(self, claim: Claim) -> Claim:
        """Keeps a seat longer: the claim with its new expiry and token."""
        return cast(Claim, {**claim, **self._json(_review.renew(claim))})

    def release(self, claim: Claim) -> None:
        """Gives a seat back."""
        self._json(_review.release(claim))

    def judge(
        self,
        case: Union[str, Claim],
        verdict: str,
        *,
        answer: Optional[Json] = None,
        reasons: Optional[List[str]] = None,
        comment: Optional[str] = None,
        **more: Any,
    ) -> Judged:
        """Judges a claim, or a case by its id without having claimed it."""
        call = _review.judge(case, verdict, answer, reasons, comment, more)
        return cast(Judged, self._json(call))

    def undo(self, judgment: str) -> Case:
        """Takes a judgment back within the loop's undo time."""
        path = f"/v1/judgments/{_cases.segment(judgment)}/undo"
        return cast(Case, self._json(post(path)))

    # The co-pilot

    def suggest(
        self,
        loop: str,
        case: Union[str, Claim, None] = None,
        *,
        field: str,
        text: str = "",
        input: Optional[Json] = None,
        cursor: Optional[int] = None,
        selection: Optional[Tuple[int, int]] = None,
        kind: Optional[str] = None,
        instruction: Optional[str] = None,
        count: Optional[int] = None,
    ) -> Suggestions:
        """Asks the loop's co-pilot for words for a text of a case's answer: `continue` at the
        cursor, or `revise` the selection (the whole text where nothing is selected). Offsets are
        in code points.

        Nothing is written: put a suggestion into an answer, and name it in the judgment's
        `provenance`. With `input` in place of a case it is a try of which nothing is kept. Raises
        `ApiError` (`no_suggestion`) where no model had words.
        """
        details = {"kind": kind, "instruction": instruction, "count": count}
        call = _copilot.suggest(loop, case, input, field, text, cursor, selection, details)
        return cast(Suggestions, self._json(call))

    # The live conversation

    def messages(self, case: str, *, after: int = 0, wait: float = 0.0) -> Conversation:
        """What was said on a case after number `after`, and who has the turn. With `wait` the
        server holds the answer for so many seconds until something is said or the turn changes."""
        return cast(Conversation, self._json(_conversation.read(case, after, wait)))

    def say(
        self, case: str, text: str, *, speaker: Optional[str] = None, id: Optional[str] = None
    ) -> Message:
        """Says something on a case, as `agent` or `subject`, or as `person` for a reviewer.

        Raises `Conflict` (`taken_over`) while a person has taken over. `id` is your own: said
        twice, it is said once.
        """
        return cast(Message, self._json(_conversation.say(case, text, speaker, id)))

    def take_over(self, case: str) -> Case:
        """Takes the turn; for a reviewer who holds a claim on the case."""
        return cast(Case, self._json(_conversation.take_over(case)))

    def hand_back(self, case: str, note: str) -> Case:
        """Gives the turn back to the agent, with what it should know."""
        return cast(Case, self._json(_conversation.hand_back(case, note)))

    # Notifications of the member whose key this is

    def notification_preferences(self) -> NotificationPreferences:
        """What you want to be told of, by which way, and when."""
        return cast(NotificationPreferences, self._json(_notifications.preferences()))

    def set_notification_preferences(self, wanted: Mapping[str, Any]) -> NotificationPreferences:
        """Says what you want to be told of; what is left out is as by default."""
        return cast(NotificationPreferences, self._json(_notifications.choose(wanted)))

    def notifications(self, *, unread: bool = False, limit: int = 50) -> NotificationFeed:
        """What you were told in the app, newest first, and how many are unread."""
        return cast(NotificationFeed, self._json(_notifications.feed(unread, limit)))

    def read_notifications(self, id: Optional[str] = None, *, upto: Optional[str] = None) -> int:
        """Marks one, everything up to one, or everything as read. How many were unread."""
        return int((self._json(_notifications.read(id, upto)))["count"])

    def notification_channels(self) -> List[NotificationChannel]:
        """The ways of telling members, and how well each does."""
        found = self._json(_notifications.channels())
        return cast(List[NotificationChannel], found["items"])

    def test_notification(self, way: str) -> NotificationTest:
        """Sends a test to yourself by `email` or `slack`, once, and returns what it met."""
        return cast(NotificationTest, self._json(_notifications.test(way)))

    # Gates

    def gate(
        self,
        loop: str,
        *,
        tool: Optional[str] = None,
        run: Optional[str] = None,
        consumer: Optional[str] = None,
        timeout: Optional[float] = None,
        revise: Optional[_gate.Revise] = None,
        **details: Unpack[CallDetails],
    ) -> Callable[[Callable[P, T]], Gated[P, T]]:
        """Lets a function run only with a consumed grant, with the arguments that were granted.

        `revise` gets a reviewer's note and the arguments when changes are wanted, and returns new
        arguments or None.

        In the `with` block of a run it is a gate of that run: it obeys before it asks.

        Raises `GateRejected` (`GateAnswered` where a person answered in place of the call),
        `WaitTimeout`, `CaseCancelled`, `Halted`, `TandemUnavailable`, of a run `RunStopped` and
        `RunLost`; the function has not run then. See `Gated.as_call` for calls that survive a
        restart.
        """

        def declare(function: Callable[P, T]) -> Gated[P, T]:
            if inspect.iscoroutinefunction(function):
                raise TypeError("this function is async: gate it with AsyncTandem")
            options = _gate.call_options(
                loop, function, tool, run, consumer, timeout, revise, **details
            )
            return Gated(self, function, options)

        return declare

    # Runs

    def run(
        self,
        loop: str,
        *,
        goal: str,
        constraints: Sequence[str] = (),
        budget: Optional[Json] = None,
        key: Optional[str] = None,
        lease: Optional[float] = None,
        stuck_after: Optional[float] = None,
        on_redirect: Optional[OnRedirect] = None,
        on_override: Optional[OnOverride] = None,
    ) -> Run:
        """A run of an agent under supervision, for `with`; see `Run`.

        `budget` holds `steps`, `cost`, `time` ("2h") and `then` ("pause" or "stop"). With a `key` a
        restarted process takes the same run over. `lease` and `stuck_after` are seconds.
        """
        options = RunOptions(
            loop,
            goal,
            list(constraints),
            budget,
            key,
            lease,
            stuck_after,
            on_redirect,
            on_override,
        )
        return Run(self, options)

    # Streams

    def events(
        self,
        *,
        loop: Optional[str] = None,
        kind: Optional[str] = None,
        case: Optional[str] = None,
        after: Optional[int] = None,
        latest: bool = False,
    ) -> Iterator[Event]:
        """Follows events without end, through broken connections, none lost or doubled.

        Begins at the first event, after the ledger index `after`, or with `latest` at what comes.
        """
        stream = _streams.EventStream(loop, kind, case, after, latest)
        attempts = Attempts(self._settings.retry, self._settings.outage)
        while True:
            retry_after, cause = None, Exception("the stream ended")
            try:
                with self._open(stream.call(), stream.headers(), _streams.SILENCE) as response:
                    if response.status_code != 200:
                        cause = _streams.passing(response.status_code, response.read())
                        retry_after = parse_retry_after(response.headers.get("retry-after"))
                    else:
                        for chunk in response.iter_bytes():
                            attempts.worked()
                            yield from stream.feed(chunk)
            except httpx.RequestError as error:
                cause = error
            delay = attempts.failed(retry_after)
            if delay is None:
                raise TandemUnavailable(f"cannot follow {self._settings.url}: {cause}") from cause
            time.sleep(delay)

    def export(
        self, loop: str, kind: str, *, max_ai_share: Optional[float] = None
    ) -> Iterator[Dict[str, Any]]:
        """Reads an export row by row as it comes: `decisions`, `judgments`, `examples`, …

        With `max_ai_share` rows whose texts are by models in a greater share (0 to 1) are left out.
        """
        lines = Lines()
        with self._export(loop, kind, "jsonl", max_ai_share) as chunks:
            for chunk in chunks:
                for line in lines.feed(chunk):
                    if line:
                        yield _streams.row(line)
        rest = lines.end()
        if rest:
            yield _streams.row(rest)

    def export_file(
        self, loop: str, kind: str, path: Union[str, os.PathLike[str]], format: str = "jsonl"
    ) -> int:
        """Writes an export to a file, whole or not at all. Its size in bytes."""
        part = f"{os.fspath(path)}.part"
        size = 0
        with self._export(loop, kind, format) as chunks:
            try:
                with open(part, "wb") as file:
                    for chunk in chunks:
                        size += file.write(chunk)
                os.replace(part, path)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(part)
                raise
        return size

    # The rest

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Optional[Mapping[str, str]] = None,
    ) -> Any:
        """Any other endpoint, with the same key, retries and errors; its JSON."""
        call = post(path, json, params)
        if json is None and method != "POST":
            call = replace(call, content=None)
        return self._json(replace(call, method=method))

    def record_fallbacks(self) -> int:
        """Tells the server of decisions that a `fallback` made, now. How many were told."""
        return self._drive(self._fallbacks.record(self._settings))

    def _run(self, flow: Flow[T]) -> T:
        result = self._drive(flow)
        # The server was just reached, unless the answer itself is a fallback.
        fell_back = isinstance(result, dict) and result.get("by") == "fallback"
        if len(self._fallbacks) and not fell_back:
            self._drive(self._fallbacks.record_quietly(self._settings))
        return result

    def _drive(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                if isinstance(step, Sleep):
                    time.sleep(step.seconds)
                    step = next(flow)
                    continue
                if isinstance(step, Await):
                    step.event.wait(step.seconds)
                    step = next(flow)
                    continue
                try:
                    if isinstance(step, Tell):
                        reply = step.function(*step.args)
                    else:
                        reply = self._exchange(step)
                except Exception as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as end:
            return cast(T, end.value)
        finally:
            flow.close()

    def _exchange(self, call: Call) -> Reply:
        timeout = _streams.timeouts(self._settings, self._settings.timeout + call.held)
        try:
            response = self._http.request(
                call.method,
                call.path,
                params=dict(call.params) or None,
                content=call.content,
                headers=call.headers(),
                timeout=timeout,
            )
        except httpx.RequestError as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        retry_after = parse_retry_after(response.headers.get("retry-after"))
        return Reply(response.status_code, response.content, retry_after)

    def _json(self, call: Call) -> Any:
        return self._run(fetch(call, self._settings))

    def _pages(self, path: str, params: Mapping[str, str]) -> Iterator[Any]:
        cursor = None
        while True:
            page = self._json(_loops.page(path, params, cursor))
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def _open(self, call: Call, headers: Dict[str, str], read: float) -> Any:
        return self._http.stream(
            call.method,
            call.path,
            params=dict(call.params) or None,
            headers=headers,
            timeout=_streams.timeouts(self._settings, read),
        )

    @contextmanager
    def _export(
        self, loop: str, kind: str, format: str, max_ai_share: Optional[float] = None
    ) -> Iterator[Iterator[bytes]]:
        """Begins an export, trying until it begins. One that breaks off cannot be resumed."""
        call = _streams.export_call(loop, kind, format, max_ai_share)
        attempts = Attempts(self._settings.retry, self._settings.patience)
        while True:
            retry_after, begun = None, False
            try:
                with self._open(call, {}, self._settings.timeout) as response:
                    if response.status_code == 200:
                        begun = True
                        yield response.iter_bytes()
                        return
                    cause = _streams.passing(response.status_code, response.read())
                    retry_after = parse_retry_after(response.headers.get("retry-after"))
            except httpx.RequestError as error:
                if begun:
                    raise TandemUnavailable(f"the export broke off: {error}") from error
                cause = error
            delay = attempts.failed(retry_after)
            if delay is None:
                raise TandemUnavailable(f"cannot use {self._settings.url}: {cause}") from cause
            time.sleep(delay)


class Loops:
    """The loops of the server."""

    def __init__(self, client: Tandem) -> None:
        self._client = client

    def put(
        self, name: str, source: _loops.Source, *, draft: bool = False, reason: str = ""
    ) -> Loop:
        """Publishes a version of a loop: YAML text, an object, or a path of a file."""
        return cast(Loop, self._client._json(_loops.put(name, source, draft, reason))["loop"])

    def get(self, name: str, version: Optional[int] = None) -> Loop:
        """Reads a loop, or one version of it."""
        return cast(Loop, self._client._json(_loops.read(name, version)))

    def chain(self, name: str) -> Any:
        """Reads how the links of a loop's chain, and the models that check, fare."""
        return self._client._json(_loops.chain(name))

    def try_chain(self, name: str, *, input: Mapping[str, Any], tags: Iterable[str] = ()) -> Any:
        """Asks every link what it would say of an input; no case is made."""
        return self._client._json(_loops.try_chain(name, input, tags))

    def list(self) -> Iterator[LoopSummary]:
        """Reads every loop one may see."""
        return self._client._pages("/v1/loops", {})


class Gated(Generic[P, T]):
    """A function behind a gate. Call it as before."""

    def __init__(
        self, client: Tandem, function: Callable[P, T], options: _gate.CallOptions
    ) -> None:
        functools.update_wrapper(self, function)
        self._client = client
        self._function = function
        self._options = options
        self._arguments = _gate.Arguments(function)

    def as_call(self, call_id: str, run: Optional[str] = None) -> Gated[P, T]:
        """The same function for one call, named by its run and call id: asked again, also after a
        restart, it is the same case, and it is executed once."""
        options = replace(self._options, call_id=call_id, run=run or self._options.run)
        return Gated(self._client, self._function, options)

    def _under(self, supervised: Supervised) -> Gated[P, T]:
        options = replace(self._options, supervised=supervised)
        return Gated(self._client, self._function, options)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Asks, waits, and runs the function with what was granted."""
        asked = self._arguments.bind(args, kwargs)
        client = self._client
        granted = client._drive(_gate.authorise(client._settings, self._options, asked))
        began = client._settings.retry.clock()
        token = _gate._grant.set(granted.grant)
        try:
            bound = self._arguments.unbind(asked, granted.arguments)
            result = self._function(*bound.args, **bound.kwargs)
        except Exception as error:
            _gate.noted(client._settings, self._options, granted, error, began)
            client._drive(_gate.executed(client._settings, granted, False))
            raise
        finally:
            _gate._grant.reset(token)
        _gate.noted(client._settings, self._options, granted, result, began)
        client._drive(_gate.executed(client._settings, granted, True))
        return result
