"""Cutting rows into pieces and matching answers to rows, without a server."""

from __future__ import annotations

import json
from typing import Any, Dict, List

import httpx
import pytest

from tandem import ServerError, Tandem, TandemUnavailable
from tandem._batch import PIECE_BYTES, PIECE_LINES, Cutter, Row


def test_rows_keep_their_number_and_get_a_key() -> None:
    rows: List[Row] = [
        {"input": {"x": 1}},
        '{"input": {"x": 1.0}}',
        b'  {"key": null, "input": {}}  ',
        '{"key": "mine", "input": {}}',
        "",
        "not json",
        "[1]",
        "{}",
    ]
    (piece,) = Cutter().cut(rows)
    assert piece.lines == [1, 2, 3, 4, 6, 7, 8]
    assert piece.rows[3:6] == [b'{"key": "mine", "input": {}}', b"not json", b"[1]"]
    # The text of a line stays as it came: 1.0 is not 1, and only the server judges it.
    assert piece.rows[1].endswith(b'"input": {"x": 1.0}}')
    keys = [json.loads(row)["key"] for row in piece.rows if b"batch-" in row]
    assert len(keys) == len(set(keys)) == 4


def test_rows_that_are_no_json_are_refused_by_number_before_they_are_sent() -> None:
    rows: List[Any] = [{"input": {"x": float("nan")}}, {"input": {}}, 7, "{}\n{}", {"input": set()}]
    (piece,) = Cutter().cut(rows)
    assert piece.lines == [2]
    assert [result.line for result in piece.refused] == [1, 3, 4, 5]
    assert {(result.error or {})["code"] for result in piece.refused} == {"invalid_json"}


def test_pieces_are_bounded_by_lines_and_by_bytes() -> None:
    sizes = [len(piece.rows) for piece in Cutter().cut({"input": {}} for _ in range(2_500))]
    assert sizes == [PIECE_LINES, PIECE_LINES, 500]
    big = {"input": {"text": "x" * (PIECE_BYTES // 4)}}
    assert [len(piece.rows) for piece in Cutter().cut([big] * 9)] == [4, 4, 1]


def answering(*answers: Any) -> Tandem:
    left = list(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0)
        lines = answer if isinstance(answer, list) else answer(request)
        return httpx.Response(200, text="".join(json.dumps(line) + "\n" for line in lines))

    return Tandem("http://h", "tdm_k", transport=httpx.MockTransport(handler), patience=2.0)


def test_only_lines_that_met_a_busy_server_are_sent_again() -> None:
    sent: List[List[bytes]] = []

    def second(request: httpx.Request) -> List[Dict[str, Any]]:
        sent.append(request.content.splitlines())
        return [{"line": 1, "id": "case_2", "status": "queued", "route": {"to": "review"}}]

    busy = {"line": 2, "error": {"code": "busy", "detail": "later", "retry_after_s": 1}}
    bad = {"line": 3, "error": {"code": "invalid_input", "detail": "no", "path": "/input"}}
    t = answering(
        [bad, {"line": 1, "id": "case_1", "status": "decided", "route": {"to": "auto"}}, busy],
        second,
    )
    rows = [{"key": "a"}, {"key": "b"}, {"key": "c"}]
    results = list(t.submit_many("l", rows))
    assert [(r.line, r.id, r.status, r.route, r.ok) for r in results] == [
        (1, "case_1", "decided", "auto", True),
        (2, "case_2", "queued", "review", True),
        (3, None, None, None, False),
    ]
    assert [json.loads(line) for line in sent[0]] == [{"key": "b"}]


def test_lines_that_are_never_answered_end_in_unavailable() -> None:
    t = answering(*[[] for _ in range(1000)])
    with pytest.raises(TandemUnavailable, match="1 rows"):
        list(t.submit_many("l", [{"input": {}}]))


def test_an_answer_for_a_line_that_was_not_sent_is_an_error() -> None:
    with pytest.raises(ServerError, match="line 2"):
        list(answering([{"line": 2, "id": "case_1"}]).submit_many("l", [{"input": {}}]))
