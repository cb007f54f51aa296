"""Server-sent events, from bytes."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from tandem._sse import Decoder, Lines
from tandem._streams import EventStream


def decode(text: bytes, size: int) -> List[Tuple[Optional[str], str, str]]:
    lines, decoder, found = Lines(), Decoder(), []
    for start in range(0, len(text), size):
        for line in lines.feed(text[start : start + size]):
            event = decoder.feed(line)
            if event is not None:
                found.append((event.id, event.event, event.data))
    return found


def test_events_survive_any_cut_of_the_bytes() -> None:
    text = (
        ': hello\n\nid: 1\nevent: case.submitted\ndata: {"a":\ndata: 1}\n\n'
        "id:2\r\ndata:x\u2028y\r\n\r\n:beat\n\ndata: no id\n\nretry: 5\nid: 3\n\n"
    ).encode()
    expected = [
        ("1", "case.submitted", '{"a":\n1}'),
        ("2", "message", "x\u2028y"),
        ("2", "message", "no id"),
    ]
    for size in (1, 2, 7, 1000):
        assert decode(text, size) == expected


def test_a_broken_connection_loses_only_the_half_event() -> None:
    stream: Any = EventStream("l", None, None, None, latest=True)
    assert stream.call().params == {"loop": "l", "from": "latest"}
    assert stream.feed(b'id: 7\ndata: {"i": 7}\n\nid: 8\ndata: {"i"') == [{"i": 7}]
    call = stream.call()
    assert call.params == {"loop": "l", "after": "7"}
    assert stream.headers()["Last-Event-ID"] == "7"
    assert stream.feed(b'id: 8\ndata: {"i": 8}\n\n') == [{"i": 8}]
