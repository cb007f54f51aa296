"""Writes `_generated.py` from `openapi.json`: a TypedDict or an alias for every schema.

    python3 sdk/python/tools/generate.py openapi.json > sdk/python/src/tandem/_generated.py

Needs nothing but Python. The same input gives the same bytes: schemas and fields keep the order of
the document, classes first, then aliases.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
import textwrap
from typing import Any, Dict, List, Sequence, Tuple

Schema = Dict[str, Any]

HEADER = '''"""Wire types, generated from openapi.json by tools/generate.py. Do not edit."""

# ruff: noqa: A003, E501
from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, Union

from typing_extensions import NotRequired, TypedDict
'''

PRIMITIVES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
}


def main(arguments: Sequence[str]) -> int:
    """Prints the module for the document named on the command line."""
    if len(arguments) != 1:
        print("usage: generate.py openapi.json", file=sys.stderr)
        return 64
    with open(arguments[0], encoding="utf-8") as file:
        document = json.load(file)
    sys.stdout.write(generate(document))
    return 0


def generate(document: Schema) -> str:
    """The text of the module."""
    schemas: Dict[str, Schema] = document.get("components", {}).get("schemas", {})
    names = {name: class_name(name) for name in schemas}
    clashes = len(names) - len(set(names.values()))
    if clashes:
        raise SystemExit(f"{clashes} schemas have the same name in Python")
    classes = [
        definition(names[name], schema, schemas)
        for name, schema in schemas.items()
        if is_record(schema)
    ]
    aliases = aliases_of({n: s for n, s in schemas.items() if not is_record(s)})
    exported = "".join(f'    "{name}",\n' for name in sorted(names.values()))
    parts = [HEADER.rstrip("\n"), f"__all__ = [\n{exported}]", *classes]
    if aliases:
        parts.append("\n".join(aliases))
    return "\n\n".join(part.strip("\n") + "\n" for part in parts).replace("\n\n\n\n", "\n\n\n")


def class_name(name: str) -> str:
    """A schema's name as a Python class."""
    text = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))
    return f"{text}_" if keyword.iskeyword(text) or not text.isidentifier() else text


def is_record(schema: Schema) -> bool:
    """Whether the schema is an object with known fields and nothing else."""
    if "allOf" in schema:
        return True
    return "properties" in schema and not ({"oneOf", "anyOf"} & schema.keys())


def definition(name: str, schema: Schema, schemas: Dict[str, Schema]) -> str:
    """One class."""
    fields, required = record_fields(schema, schemas)
    plain = all(field.isidentifier() and not keyword.iskeyword(field) for field in fields)
    rows = [(field, hint(of, field in required)) for field, of in fields.items()]
    if plain:
        body = docstring(schema) + "".join(f"    {field}: {of}\n" for field, of in rows)
        return f"\nclass {name}(TypedDict):\n{body or '    pass'}"
    inner = "".join(f"        {json.dumps(field)}: {json.dumps(of)},\n" for field, of in rows)
    return f'\n{name} = TypedDict(\n    "{name}",\n    {{\n{inner}    }},\n)'


def hint(schema: Schema, required: bool) -> str:
    """The annotation of a field."""
    return type_of(schema) if required else f"NotRequired[{type_of(schema)}]"


def docstring(schema: Schema) -> str:
    """The description as a docstring, wrapped."""
    text = " ".join(str(schema.get("description") or "").split())
    if not text:
        return ""
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    lines = textwrap.wrap(text, 92)
    if len(lines) == 1 and not text.endswith('"'):
        return f'    """{text}"""\n\n'
    body = "\n".join(f"    {line}" for line in lines).strip()
    return f'    """{body}\n    """\n\n'


def record_fields(
    schema: Schema, schemas: Dict[str, Schema]
) -> Tuple[Dict[str, Schema], List[str]]:
    """Fields and which of them are always there, those of `allOf` first."""
    fields: Dict[str, Schema] = {}
    required: List[str] = []
    for part in schema.get("allOf", []):
        if "$ref" in part:
            part = schemas[part["$ref"].rsplit("/", 1)[1]]
        inner, needed = record_fields(part, schemas)
        fields.update(inner)
        required.extend(needed)
    fields.update(schema.get("properties", {}))
    required.extend(schema.get("required", []))
    return fields, required


def type_of(schema: Any) -> str:
    """The type of a schema as text."""
    if not isinstance(schema, dict):
        return "Any"
    if "$ref" in schema:
        return class_name(schema["$ref"].rsplit("/", 1)[1])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return union([type_of(option) for option in schema[word]])
    if "allOf" in schema:
        parts = schema["allOf"]
        return type_of(parts[0]) if len(parts) == 1 else "Dict[str, Any]"
    if "const" in schema:
        return literal([schema["const"]])
    if "enum" in schema:
        return literal(schema["enum"])
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return union([type_of({**schema, "type": kind}) for kind in kinds])
    if kinds == "null":
        return "None"
    if kinds == "array":
        return f"List[{type_of(schema.get('items'))}]"
    if kinds == "object" or "additionalProperties" in schema:
        values = schema.get("additionalProperties")
        return f"Dict[str, {type_of(values) if isinstance(values, dict) and values else 'Any'}]"
    return PRIMITIVES.get(str(kinds), "Any")


def literal(values: Sequence[Any]) -> str:
    """The type of a closed set of values."""
    known = [value for value in values if value is None or isinstance(value, (str, int, bool))]
    if len(known) != len(values):
        return "Any"
    text = ", ".join(json.dumps(v) if isinstance(v, str) else repr(v) for v in known)
    return f"Literal[{text}]"


def union(types: Sequence[str]) -> str:
    """Either of these; Any swallows the rest, None makes it optional."""
    seen = list(dict.fromkeys(types))
    if "Any" in seen:
        return "Any"
    some = [one for one in seen if one != "None"]
    if not some:
        return "None"
    text = some[0] if len(some) == 1 else f"Union[{', '.join(some)}]"
    return text if len(some) == len(seen) else f"Optional[{text}]"


def aliases_of(schemas: Dict[str, Schema]) -> List[str]:
    """Aliases, each after those it names: unlike annotations they are evaluated at import. What
    names itself, directly or not, is quoted there."""
    types = {class_name(name): type_of(schema) for name, schema in schemas.items()}
    lines: Dict[str, str] = {}
    begun = set()

    def visit(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        words = re.findall(r"\b\w+\b", re.sub(r'"[^"]*"', "", types[name]))
        for word in words:
            if word in types:
                visit(word)
        text = types[name]
        for word in words:
            if word in types and word not in lines:
                text = re.sub(rf'(?<!")\b{word}\b(?!")', f'"{word}"', text)
        lines[name] = f"{name} = {text}"

    for name in types:
        visit(name)
    return list(lines.values())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
