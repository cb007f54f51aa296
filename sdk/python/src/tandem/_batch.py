"""Many cases: NDJSON in pieces, each sent until it is answered, results by line number.

Pieces keep memory bounded and make a retry small. Every row gets a key where it has none, so that
a piece whose answer was lost is not stored twice.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

from ._cases import segment
from ._config import Settings
from ._errors import ServerError, TandemUnavailable
from ._flow import Call, Flow, Sleep, encode, exchange
from ._retry import Attempts

#: A case as `submit_many` takes it: an object, or a line of NDJSON.
Row = Union[Mapping[str, Any], str, bytes]

PIECE_LINES = 1_000
PIECE_BYTES = 1 << 20


@dataclass(frozen=True)
class LineResult:
    """What became of one row. `line` counts rows from 1; exactly one of `id` and `error` is set."""

    line: int
    #: The case, where it was stored or was there already.
    id: Optional[str] = None
    #: Its status, as in `Case`.
    status: Optional[str] = None
    #: Where it was routed: `auto`, `review` or `block`.
    route: Optional[str] = None
    #: Why the row was refused: `code`, `detail`, `path`.
    error: Optional[Dict[str, Any]] = None

    @property
    def ok(self) -> bool:
        """Whether there is a case."""
        return self.error is None


@dataclass
class Piece:
    """Some rows on their way."""

    lines: List[int] = field(default_factory=list)
    rows: List[bytes] = field(default_factory=list)
    # Rows that are refused before they are sent.
    refused: List[LineResult] = field(default_factory=list)
    size: int = 0

    @property
    def full(self) -> bool:
        """Whether it is time to send."""
        known = len(self.rows) + len(self.refused)
        return known >= PIECE_LINES or self.size >= PIECE_BYTES


class Cutter:
    """Cuts rows into pieces."""

    def __init__(self) -> None:
        self._batch = uuid.uuid4()
        self._line = 0
        self._piece = Piece()

    def add(self, row: Row) -> Optional[Piece]:
        """Takes a row; a piece when one is full."""
        self._line += 1
        try:
            text = self._encode(row)
        except (TypeError, ValueError, RecursionError) as error:
            problem = {"code": "invalid_json", "detail": f"the row is not JSON: {error}"}
            self._piece.refused.append(LineResult(self._line, error=problem))
        else:
            if text:
                self._piece.lines.append(self._line)
                self._piece.rows.append(text)
                self._piece.size += len(text) + 1
        return self.rest() if self._piece.full else None

    def rest(self) -> Piece:
        """What is left."""
        piece, self._piece = self._piece, Piece()
        return piece

    def cut(self, rows: Iterable[Row]) -> Iterator[Piece]:
        """All the pieces of `rows`."""
        for row in rows:
            piece = self.add(row)
            if piece is not None:
                yield piece
        yield self.rest()

    def _encode(self, row: Row) -> bytes:
        if isinstance(row, (str, bytes)):
            raw = (row.encode() if isinstance(row, str) else row).strip()
            if b"\n" in raw or b"\r" in raw:
                raise ValueError("it holds more than one line")
            try:
                parsed = json.loads(raw) if raw else None
            except ValueError:
                parsed = None
            # A line that is no object goes as it is: the server says what is wrong with it.
            if not isinstance(parsed, dict) or parsed.get("key") is not None:
                return raw
            # Only the key is added to the text, so that the server judges the rest as it came.
            tail = raw.lstrip()[1:].lstrip()
            if "key" in parsed:
                return encode({**parsed, "key": self._key()})
            comma = b"" if tail.startswith(b"}") else b","
            return b'{"key":' + encode(self._key()) + comma + tail
        if not isinstance(row, Mapping):
            raise TypeError(f"it is {type(row).__name__}, not an object or a line")
        body = dict(row)
        if body.get("key") is None:
            body["key"] = self._key()
        return encode(body)

    def _key(self) -> str:
        return f"batch-{self._batch}-{self._line}"


def send(settings: Settings, loop: str, piece: Piece) -> Flow[List[LineResult]]:
    """Sends a piece, rows that met a busy server again; results in the order of the rows."""
    results = {result.line: result for result in piece.refused}
    waiting = dict(zip(piece.lines, piece.rows))
    attempts = Attempts(settings.retry, settings.patience)
    while waiting:
        lines = list(waiting)
        answers = yield from _post(settings, loop, [waiting[line] for line in lines])
        retry_after = 0.0
        for answer in answers:
            number = answer.get("line")
            if not isinstance(number, int) or not 1 <= number <= len(lines):
                raise ServerError(200, "bad_line", f"the server answered for line {number}")
            error = answer.get("error") or {}
            if error.get("retry_after_s") is not None:
                # The server was busy; what it says of this line may change.
                retry_after = max(retry_after, float(error["retry_after_s"]))
                continue
            results[lines[number - 1]] = _result(lines[number - 1], answer)
            waiting.pop(lines[number - 1], None)
        if waiting:
            delay = attempts.failed(retry_after)
            if delay is None:
                message = f"{settings.url} had no room for {len(waiting)} rows"
                raise TandemUnavailable(message, retry_after)
            yield Sleep(delay)
    return [results[line] for line in sorted(results)]


def _post(settings: Settings, loop: str, rows: List[bytes]) -> Flow[List[Dict[str, Any]]]:
    call = Call(
        "POST",
        f"/v1/loops/{segment(loop)}/cases/batch",
        content=b"\n".join(rows) + b"\n",
        content_type="application/x-ndjson",
        idempotency_key=str(uuid.uuid4()),
        held=settings.timeout,
    )
    reply = yield from exchange(call, settings)
    try:
        return [json.loads(line) for line in reply.body.splitlines() if line.strip()]
    except ValueError as error:
        raise ServerError(reply.status, "not_json", f"a batch was answered: {error}") from error


def _result(line: int, answer: Dict[str, Any]) -> LineResult:
    if answer.get("error") is not None:
        return LineResult(line, error=answer["error"])
    route = answer.get("route") or {}
    return LineResult(line, answer.get("id"), answer.get("status"), route.get("to"))
