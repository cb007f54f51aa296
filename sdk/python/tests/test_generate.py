"""The generator of the wire types."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path
from typing import Any, Dict

import pytest

SDK = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(SDK / "tools"))

import generate  # noqa: E402


def ref(name: str) -> Dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def module(schemas: Dict[str, Any]) -> types.ModuleType:
    text = generate.generate({"components": {"schemas": schemas}})
    made = types.ModuleType("made")
    exec(compile(text, "made", "exec"), made.__dict__)
    return made


def text_of(schema: Any) -> str:
    return generate.type_of(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "str"),
        ({"type": ["string", "null"], "format": "date-time"}, "Optional[str]"),
        ({"type": "array", "items": ref("Case")}, "List[Case]"),
        ({"oneOf": [{"type": "null"}, ref("Case")]}, "Optional[Case]"),
        ({"oneOf": [ref("A"), ref("B"), ref("A")]}, "Union[A, B]"),
        ({"oneOf": [ref("A"), {}]}, "Any"),
        ({"allOf": [ref("A")]}, "A"),
        ({"enum": ["a", 'b"', None, 3]}, r'Literal["a", "b\"", None, 3]'),
        ({"const": True}, "Literal[True]"),
        ({"type": "object"}, "Dict[str, Any]"),
        ({"type": ["object", "null"]}, "Optional[Dict[str, Any]]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Dict[str, int]"),
        ({"type": "object", "additionalProperties": True}, "Dict[str, Any]"),
        (ref("Page_Case"), "PageCase"),
        ({}, "Any"),
        (True, "Any"),
    ],
)
def test_types(schema: Any, expected: str) -> None:
    assert text_of(schema) == expected


def test_records_aliases_and_awkward_names() -> None:
    made = module(
        {
            "Status": {"oneOf": [ref("Later"), {"type": "null"}]},
            "Later": {"type": "string", "enum": ["a", "b"]},
            "Tree": {"oneOf": [{"type": "string"}, {"type": "array", "items": ref("Tree")}]},
            "Node": {
                "type": "object",
                "description": 'Ends in "quotes"',
                "required": ["id"],
                "properties": {"id": {"type": "integer"}, "up": ref("Node"), "s": ref("Status")},
            },
            "Span": {
                "type": "object",
                "required": ["for"],
                "properties": {"for": {"type": "string"}, "in": ref("Node")},
            },
            "Both": {
                "allOf": [ref("Span"), {"type": "object", "properties": {"n": {"type": "number"}}}]
            },
        }
    )
    assert made.Node.__doc__ is not None
    assert made.Node.__doc__.strip() == 'Ends in "quotes"'
    assert set(made.Node.__annotations__) == {"id", "up", "s"}
    assert set(made.Span.__annotations__) == {"for", "in"}
    assert set(made.Both.__annotations__) == {"for", "in", "n"}
    assert made.__all__ == sorted(made.__all__)


def test_the_committed_types_are_what_the_generator_prints() -> None:
    """The same as `cargo xtask codegen --check`, without building anything."""
    document = SDK.parents[1] / "openapi.json"
    command = [sys.executable, str(SDK / "tools/generate.py"), str(document)]
    first = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    again = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert first == again
    committed = (SDK / "src/tandem/_generated.py").read_text(encoding="utf-8")
    assert first.strip() == committed.strip()
