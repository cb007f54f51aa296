"""The client for asyncio: `Tandem`, awaited."""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import (
    Any,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Dict,
    Generic,
    Iterable,
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
from ._async_runs import AsyncRun
from ._batch import LineResult, Row
from ._cases import CallDetails, CaseDetails, Json
from ._config import Settings
from ._errors import TandemUnavailable
from ._fallback import Fallbacks, decide
from ._flow import Await, Call, Flow, Reply, Sleep, Tell, Unreachable, fetch, post
from ._retry import Attempts, parse_retry_after
from ._run import Supervised
from ._run_parts import OnOverride, OnRedirect, RunOptions
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


class AsyncTandem:
    """A Tandem server, for asyncio. Close it with `aclose` or use it in `async with`.

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
        transport: Optional[httpx.AsyncBaseTransport] = None,
    ) -> None:
        self._settings = Settings.read(url, key, timeout, patience, outage)
        self._fallbacks = Fallbacks()
        self._http = httpx.AsyncClient(
            base_url=self._settings.url,
            headers=self._settings.headers(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=32),
            transport=transport,
        )
        self.loops = AsyncLoops(self)
        self.queues = _queues.AsyncQueues(self)
        self.absences = _absences.AsyncAbsences(self)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._settings.url

    async def __aenter__(self) -> AsyncTandem:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections. Fallbacks that no server was told of are lost."""
        if len(self._fallbacks):
            await self._drive(self._fallbacks.record_quietly(self._settings))
        await self._http.aclose()

    # Cases

    async def submit(
        self,
        loop: str,
        *,
        input: Json,
        proposal: Optional[Json] = None,
        **details: Unpack[CaseDetails],
    ) -> Case:
        """Hands a case in. Returns when it is stored, decided or not."""
        body = _cases.case_body(input, proposal, **details)
        return await self._run(_cases.submit(self._settings, loop, body))

    async def decide(
        self,
        loop: str,
        *,
        input: Json,
        proposal: Optional[Json] = None,
        timeout: Optional[float] = None,
        fallback: Optional[Json] = None,
        **details: Unpack[CaseDetails],
    ) -> Decision:
        """Hands a case in and waits until it is decided.

        Restarts of the server are sat out. With a `key`, a restarted caller that asks again gets
        the same case. `fallback` is the output to go on with when the server cannot be reached to
        hand the case in; such a decision has `by` "fallback" and is recorded when the server is
        back. Raises `WaitTimeout` after `timeout` seconds, `CaseCancelled`, `TandemUnavailable`.
        """
        body = _cases.case_body(input, proposal, **details)
        flow = decide(self._settings, self._fallbacks, loop, body, timeout, fallback)
        return await self._run(flow)

    async def wait(self, case: str, timeout: Optional[float] = None) -> Decision:
        """Waits until the case has a decision in force. Raises as `decide` does."""
        return await self._run(_cases.wait(self._settings, case, timeout))

    async def submit_many(
        self, loop: str, rows: Union[Iterable[Row], AsyncIterable[Row]]
    ) -> AsyncIterator[LineResult]:
        """Hands in any number of cases, in bounded memory: objects, or lines of NDJSON.

        Yields what became of each row, in order and with its number from 1; a bad row is reported
        and the others are stored. Rows without a `key` get one, so that nothing is stored twice.
        """
        cutter = _batch.Cutter()
        async for row in _each(rows):
            piece = cutter.add(row)
            if piece is not None:
                for result in await self._run(_batch.send(self._settings, loop, piece)):
                    yield result
        for result in await self._run(_batch.send(self._settings, loop, cutter.rest())):
            yield result

    async def case(self, case: str) -> Case:
        """Reads a case."""
        return await self._run(_cases.read(self._settings, case))

    def cases(self, loop: str, **filters: str) -> AsyncIterator[Case]:
        """Reads the cases of a loop, newest first; `status=`, `queue=`, `tag=` narrow it."""
        return self._pages(f"/v1/loops/{_cases.segment(loop)}/cases", filters)

    async def cancel(self, case: str) -> Case:
        """Withdraws a case that is not decided."""
        return cast(Case, await self._json(post(f"/v1/cases/{_cases.segment(case)}/cancel")))

    async def reopen(self, case: str, reason: str) -> Case:
        """Opens a decided case again."""
        call = post(f"/v1/cases/{_cases.segment(case)}/reopen", {"reason": reason})
        return cast(Case, await self._json(call))

    async def appeal(
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
        call = _cases.appeal_call(case, by, statement, evidence)
        return cast(Case, await self._json(call))

    async def withdraw_appeal(self, case: str) -> Case:
        """Takes back the open appeal that this client's key handed in."""
        call = post(f"/v1/cases/{_cases.segment(case)}/appeal/withdraw")
        return cast(Case, await self._json(call))

    async def consume(self, case: str, digest: str, consumer: str) -> Grant:
        """Takes the grant of the decision with this digest, once per consumer."""
        return await self._run(_gate.consume(self._settings, case, digest, consumer))

    # Models

    async def propose(self, case: str, proposal: Json, *, shadow: bool = False) -> Case:
        """Proposes again on a case. With `shadow` the proposal is only recorded beside the live one
        and compared with what people find; name its `model` then."""
        return cast(Case, await self._json(_models.propose(case, proposal, shadow)))

    async def register_model(
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
        return cast(Model, await self._json(_models.register(loop, name, details)))

    async def models(self, loop: str) -> List[Model]:
        """The loop's models, newest first, with their scores and how they do in the shadow."""
        return cast(List[Model], (await self._json(_models.listed(loop)))["items"])

    async def promote_model(
        self, loop: str, model: str, *, reason: str = "", force: bool = False
    ) -> Model:
        """Makes a version live. Raises `Conflict` (`not_evaluated`) where a frozen evaluation set
        waits for its score."""
        body = {"reason": reason, "force": force}
        return cast(Model, await self._json(_models.move(loop, model, "promote", body)))

    async def demote_model(self, loop: str, model: str, *, reason: str = "") -> Model:
        """Moves a version back into the shadow."""
        call = _models.move(loop, model, "demote", {"reason": reason})
        return cast(Model, await self._json(call))

    async def freeze_evaluation(
        self, loop: str, name: str, size: Optional[int] = None
    ) -> EvaluationSet:
        """Freezes held-out reviewed cases: from now on versions need a score on them."""
        return cast(EvaluationSet, await self._json(_models.freeze(loop, name, size)))

    def evaluation_cases(self, loop: str, set: int) -> AsyncIterator[EvaluationCase]:
        """Reads the inputs of an evaluation set, without the answers."""
        loop = _cases.segment(loop)
        return self._pages(f"/v1/loops/{loop}/evaluation-sets/{set}/cases", {})

    async def push_evaluation(self, loop: str, model: str, predictions: Iterable[Json]) -> Model:
        """Scores a version by its predictions (`case`, `output`, perhaps `probabilities`) for every
        case of the newest evaluation set. A version is scored once."""
        return cast(Model, await self._json(_models.evaluation(loop, model, predictions)))

    # Standing permissions

    async def ask_standing(
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
        return cast(StandingGrant, await self._json(call))

    async def sign_standing(self, grant: StandingGrant) -> StandingGrant:
        """Signs a permission that somebody else asked for, as it is shown in `grant`."""
        return cast(StandingGrant, await self._json(_standing.sign(cast(Json, grant))))

    async def revoke_standing(self, grant: str, reason: str) -> StandingGrant:
        """Takes a permission back, at once."""
        return cast(StandingGrant, await self._json(_standing.revoke(grant, reason)))

    async def approve_batch(
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
        return cast(Batch, await self._json(_standing.batch(loop, tool, cases, more)))

    # Review

    async def claim(
        self,
        *,
        loops: Optional[Sequence[str]] = None,
        queues: Optional[Sequence[str]] = None,
        case: Optional[str] = None,
        limit: int = 1,
        order: Optional[str] = None,
    ) -> List[Claim]:
        """Takes up to `limit` seats; an empty list when nothing waits."""
        answer = await self._json(_review.claim(loops, queues, case, limit, order))
        return cast(List[Claim], answer["claims"])

    async def renew(self, claim: Claim) -> Claim:
        """Keeps a seat longer: the claim with its new expiry and token."""
        return cast(Claim, {**claim, **await self._json(_review.renew(claim))})

    async def release(self, claim: Claim) -> None:
        """Gives a seat back."""
        await self._json(_review.release(claim))

    async def judge(
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
        return cast(Judged, await self._json(call))

    async def undo(self, judgment: str) -> Case:
        """Takes a judgment back within the loop's undo time."""
        path = f"/v1/judgments/{_cases.segment(judgment)}/undo"
        return cast(Case, await self._json(post(path)))

    # The co-pilot

    async def suggest(
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
        return cast(Suggestions, await self._json(call))

    # The live conversation

    async def messages(self, case: str, *, after: int = 0, wait: float = 0.0) -> Conversation:
        """What was said on a case after number `after`, and who has the turn. With `wait` the
        server holds the answer for so many seconds until something is said or the turn changes."""
        return cast(Conversation, await self._json(_conversation.read(case, after, wait)))

    async def say(
        self, case: str, text: str, *, speaker: Optional[str] = None, id: Optional[str] = None
    ) -> Message:
        """Says something on a case, as `agent` or `subject`, or as `person` for a reviewer.

        Raises `Conflict` (`taken_over`) while a person has taken over. `id` is your own: said
        twice, it is said once.
        """
        return cast(Message, await self._json(_conversation.say(case, text, speaker, id)))

    async def take_over(self, case: str) -> Case:
        """Takes the turn; for a reviewer who holds a claim on the case."""
        return cast(Case, await self._json(_conversation.take_over(case)))

    async def hand_back(self, case: str, note: str) -> Case:
        """Gives the turn back to the agent, with what it should know."""
        return cast(Case, await self._json(_conversation.hand_back(case, note)))

    # Notifications of the member whose key this is

    async def notification_preferences(self) -> NotificationPreferences:
        """What you want to be told of, by which way, and when."""
        return cast(NotificationPreferences, await self._json(_notifications.preferences()))

    async def set_notification_preferences(
        self, wanted: Mapping[str, Any]
    ) -> NotificationPreferences:
        """Says what you want to be told of; what is left out is as by default."""
        return cast(NotificationPreferences, await self._json(_notifications.choose(wanted)))

    async def notifications(self, *, unread: bool = False, limit: int = 50) -> NotificationFeed:
        """What you were told in the app, newest first, and how many are unread."""
        return cast(NotificationFeed, await self._json(_notifications.feed(unread, limit)))

    async def read_notifications(
        self, id: Optional[str] = None, *, upto: Optional[str] = None
    ) -> int:
        """Marks one, everything up to one, or everything as read. How many were unread."""
        return int((await self._json(_notifications.read(id, upto)))["count"])

    async def notification_channels(self) -> List[NotificationChannel]:
        """The ways of telling members, and how well each does."""
        found = await self._json(_notifications.channels())
        return cast(List[NotificationChannel], found["items"])

    async def test_notification(self, way: str) -> NotificationTest:
        """Sends a test to yourself by `email` or `slack`, once, and returns what it met."""
        return cast(NotificationTest, await self._json(_notifications.test(way)))

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
    ) -> Callable[[Callable[P, Awaitable[T]]], AsyncGated[P, T]]:
        """Lets a function run only with a consumed grant, with the arguments that were granted.

        `revise` gets a reviewer's note and the arguments when changes are wanted, and returns new
        arguments or None.

        In the `with` block of a run it is a gate of that run: it obeys before it asks.

        Raises `GateRejected` (`GateAnswered` where a person answered in place of the call),
        `WaitTimeout`, `CaseCancelled`, `Halted`, `TandemUnavailable`, of a run `RunStopped` and
        `RunLost`; the function has not run then. See `AsyncGated.as_call` for calls that survive a
        restart.
        """

        def declare(function: Callable[P, Awaitable[T]]) -> AsyncGated[P, T]:
            if not inspect.iscoroutinefunction(function):
                raise TypeError("this function is not async: gate it with Tandem")
            options = _gate.call_options(
                loop, function, tool, run, consumer, timeout, revise, **details
            )
            return AsyncGated(self, function, options)

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
    ) -> AsyncRun:
        """A run of an agent under supervision, for `async with`; see `AsyncRun`.

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
        return AsyncRun(self, options)

    # Streams

    async def events(
        self,
        *,
        loop: Optional[str] = None,
        kind: Optional[str] = None,
        case: Optional[str] = None,
        after: Optional[int] = None,
        latest: bool = False,
    ) -> AsyncIterator[Event]:
        """Follows events without end, through broken connections, none lost or doubled.

        Begins at the first event, after the ledger index `after`, or with `latest` at what comes.
        """
        stream = _streams.EventStream(loop, kind, case, after, latest)
        attempts = Attempts(self._settings.retry, self._settings.outage)
        while True:
            retry_after, cause = None, Exception("the stream ended")
            try:
                call, headers = stream.call(), stream.headers()
                async with self._open(call, headers, _streams.SILENCE) as response:
                    if response.status_code != 200:
                        cause = _streams.passing(response.status_code, await response.aread())
                        retry_after = parse_retry_after(response.headers.get("retry-after"))
                    else:
                        async for chunk in response.aiter_bytes():
                            attempts.worked()
                            for event in stream.feed(chunk):
                                yield event
            except httpx.RequestError as error:
                cause = error
            delay = attempts.failed(retry_after)
            if delay is None:
                raise TandemUnavailable(f"cannot follow {self._settings.url}: {cause}") from cause
            await asyncio.sleep(delay)

    async def export(
        self, loop: str, kind: str, *, max_ai_share: Optional[float] = None
    ) -> AsyncIterator[Dict[str, Any]]:
        """Reads an export row by row as it comes: `decisions`, `judgments`, `examples`, …

        With `max_ai_share` rows whose texts are by models in a greater share (0 to 1) are left out.
        """
        lines = Lines()
        async with self._export(loop, kind, "jsonl", max_ai_share) as chunks:
            async for chunk in chunks:
                for line in lines.feed(chunk):
                    if line:
                        yield _streams.row(line)
        rest = lines.end()
        if rest:
            yield _streams.row(rest)

    async def export_file(
        self, loop: str, kind: str, path: Union[str, os.PathLike[str]], format: str = "jsonl"
    ) -> int:
        """Writes an export to a file, whole or not at all. Its size in bytes."""
        part = f"{os.fspath(path)}.part"
        size = 0
        async with self._export(loop, kind, format) as chunks:
            try:
                with open(part, "wb") as file:
                    async for chunk in chunks:
                        size += file.write(chunk)
                os.replace(part, path)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(part)
                raise
        return size

    # The rest

    async def request(
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
        return await self._json(replace(call, method=method))

    async def record_fallbacks(self) -> int:
        """Tells the server of decisions that a `fallback` made, now. How many were told."""
        return await self._drive(self._fallbacks.record(self._settings))

    async def _run(self, flow: Flow[T]) -> T:
        result = await self._drive(flow)
        # The server was just reached, unless the answer itself is a fallback.
        fell_back = isinstance(result, dict) and result.get("by") == "fallback"
        if len(self._fallbacks) and not fell_back:
            await self._drive(self._fallbacks.record_quietly(self._settings))
        return result

    async def _drive(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                if isinstance(step, Sleep):
                    await asyncio.sleep(step.seconds)
                    step = next(flow)
                    continue
                if isinstance(step, Await):
                    with suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(step.event.wait(), step.seconds)
                    step = next(flow)
                    continue
                try:
                    if isinstance(step, Tell):
                        reply = step.function(*step.args)
                        if inspect.isawaitable(reply):
                            reply = await reply
                    else:
                        reply = await self._exchange(step)
                except Exception as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as end:
            return cast(T, end.value)
        finally:
            flow.close()

    async def _exchange(self, call: Call) -> Reply:
        timeout = _streams.timeouts(self._settings, self._settings.timeout + call.held)
        try:
            response = await self._http.request(
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

    async def _json(self, call: Call) -> Any:
        return await self._run(fetch(call, self._settings))

    async def _pages(self, path: str, params: Mapping[str, str]) -> AsyncIterator[Any]:
        cursor = None
        while True:
            page = await self._json(_loops.page(path, params, cursor))
            for item in page["items"]:
                yield item
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

    @asynccontextmanager
    async def _export(
        self, loop: str, kind: str, format: str, max_ai_share: Optional[float] = None
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Begins an export, trying until it begins. One that breaks off cannot be resumed."""
        call = _streams.export_call(loop, kind, format, max_ai_share)
        attempts = Attempts(self._settings.retry, self._settings.patience)
        while True:
            retry_after, begun = None, False
            try:
                async with self._open(call, {}, self._settings.timeout) as response:
                    if response.status_code == 200:
                        begun = True
                        yield response.aiter_bytes()
                        return
                    cause = _streams.passing(response.status_code, await response.aread())
                    retry_after = parse_retry_after(response.headers.get("retry-after"))
            except httpx.RequestError as error:
                if begun:
                    raise TandemUnavailable(f"the export broke off: {error}") from error
                cause = error
            delay = attempts.failed(retry_after)
            if delay is None:
                raise TandemUnavailable(f"cannot use {self._settings.url}: {cause}") from cause
            await asyncio.sleep(delay)


async def _each(rows: Union[Iterable[Row], AsyncIterable[Row]]) -> AsyncIterator[Row]:
    if isinstance(rows, AsyncIterable):
        async for row in rows:
            yield row
    else:
        for row in rows:
            yield row


class AsyncLoops:
    """The loops of the server."""

    def __init__(self, client: AsyncTandem) -> None:
        self._client = client

    async def put(
        self, name: str, source: _loops.Source, *, draft: bool = False, reason: str = ""
    ) -> Loop:
        """Publishes a version of a loop: YAML text, an object, or a path of a file."""
        return cast(
            Loop, (await self._client._json(_loops.put(name, source, draft, reason)))["loop"]
        )

    async def get(self, name: str, version: Optional[int] = None) -> Loop:
        """Reads a loop, or one version of it."""
        return cast(Loop, await self._client._json(_loops.read(name, version)))

    async def chain(self, name: str) -> Any:
        """Reads how the links of a loop's chain, and the models that check, fare."""
        return await self._client._json(_loops.chain(name))

    async def try_chain(
        self, name: str, *, input: Mapping[str, Any], tags: Iterable[str] = ()
    ) -> Any:
        """Asks every link what it would say of an input; no case is made."""
        return await self._client._json(_loops.try_chain(name, input, tags))

    def list(self) -> AsyncIterator[LoopSummary]:
        """Reads every loop one may see."""
        return self._client._pages("/v1/loops", {})


class AsyncGated(Generic[P, T]):
    """A function behind a gate. Call it as before."""

    def __init__(
        self, client: AsyncTandem, function: Callable[P, Awaitable[T]], options: _gate.CallOptions
    ) -> None:
        functools.update_wrapper(self, function)
        self._client = client
        self._function = function
        self._options = options
        self._arguments = _gate.Arguments(function)

    def as_call(self, call_id: str, run: Optional[str] = None) -> AsyncGated[P, T]:
        """The same function for one call, named by its run and call id: asked again, also after a
        restart, it is the same case, and it is executed once."""
        options = replace(self._options, call_id=call_id, run=run or self._options.run)
        return AsyncGated(self._client, self._function, options)

    def _under(self, supervised: Supervised) -> AsyncGated[P, T]:
        options = replace(self._options, supervised=supervised)
        return AsyncGated(self._client, self._function, options)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Asks, waits, and runs the function with what was granted."""
        asked = self._arguments.bind(args, kwargs)
        client = self._client
        granted = await client._drive(_gate.authorise(client._settings, self._options, asked))
        began = client._settings.retry.clock()
        token = _gate._grant.set(granted.grant)
        try:
            bound = self._arguments.unbind(asked, granted.arguments)
            result = await self._function(*bound.args, **bound.kwargs)
        except Exception as error:
            _gate.noted(client._settings, self._options, granted, error, began)
            await client._drive(_gate.executed(client._settings, granted, False))
            raise
        finally:
            _gate._grant.reset(token)
        _gate.noted(client._settings, self._options, granted, result, began)
        await client._drive(_gate.executed(client._settings, granted, True))
        return result
