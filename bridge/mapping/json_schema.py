"""The grammar as JSON Schema, so that editors complete keys and mark mistakes while one types.

The schema knows the shape of a file; what expressions mean, `bridge check` alone knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from bridge.mapping.example import EXAMPLE_GRAMMAR
from bridge.mapping.fields import ATTRIBUTES, TYPES, WRITABLE
from bridge.mapping.grammar import GRAMMAR, Key, Kind
from bridge.mapping.shape import DURATION
from bridge.model import TargetKind

Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_EXPRESSION: Schema = {"type": "string", "pattern": "^="}


def mapping_schema(schemes: Mapping[str, Collection[str]]) -> Schema:
    """Give the schema of mapping files; `schemes` are the signature schemes and what each takes."""
    schema = _document(GRAMMAR, "mapping", "A mapping of the Intercom bridge")
    definitions = schema["$defs"]
    definitions["verify"] |= _verify(definitions["verify"]["properties"], schemes)
    blocks: Mapping[str, TargetKind] = {"person": "contact", "company": "company"}
    for block, kind in blocks.items():
        for name in ("set", "set_once"):
            definitions[block]["properties"][name] |= _fields(kind)
    schema["properties"]["types"]["additionalProperties"] = {"enum": list(TYPES)}
    return schema


def example_schema() -> Schema:
    """Give the schema of the example files beside a mapping."""
    schema = _document(EXAMPLE_GRAMMAR, "example", "An example of a mapping of the Intercom bridge")
    call = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/call"}]}
    schema["properties"]["calls"] |= {"type": "array", "items": call}
    return schema


def _document(grammar: Mapping[str, tuple[Key, ...]], top: str, title: str) -> Schema:
    blocks = {name: _block(keys) for name, keys in grammar.items()}
    return {"$schema": DRAFT, "title": title, **blocks.pop(top), "$defs": blocks}


def _block(keys: tuple[Key, ...]) -> Schema:
    return {
        "type": "object",
        "properties": {key.name: _key(key) for key in keys if not key.later},
        "required": [key.name for key in keys if key.required],
        "additionalProperties": False,
    }


def _key(key: Key) -> Schema:
    kinds = [_KINDS[kind](key) for kind in key.kinds]
    shape = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return {"description": key.doc, **shape}


def _one_or_list(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _reference(key: Key) -> Schema:
    return {"$ref": f"#/$defs/{key.block}"} if key.block else {"type": "object"}


def _each(key: Key) -> Schema:
    return {"additionalProperties": _reference(key)} if key.block else {}


_KINDS: Mapping[Kind, Callable[[Key], Schema]] = {
    Kind.TEXT: lambda _: {"type": "string"},
    Kind.TEXTS: lambda _: _one_or_list({"type": "string"}),
    Kind.VALUE: lambda _: _SCALAR,
    Kind.VALUES: lambda _: _one_or_list(_SCALAR),
    Kind.EXPRESSION: lambda _: _EXPRESSION,
    Kind.CONDITION: lambda _: _SCALAR,
    Kind.INTEGER: lambda _: {"type": "integer", "minimum": 0},
    Kind.BOOLEAN: lambda _: {"type": "boolean"},
    Kind.SECONDS: lambda _: {"type": "number", "minimum": 0, "maximum": 3600},
    Kind.DURATION: lambda _: {"type": "string", "pattern": f"^{DURATION.pattern}$"},
    Kind.CHOICE: lambda key: {"enum": list(key.choices)},
    Kind.BLOCK: _reference,
    Kind.NAMED: lambda key: {"type": "object", **_each(key)},
    Kind.BLOCKS: lambda key: {"type": "array", "items": _reference(key), "minItems": 1},
    Kind.ANY: lambda _: {},
}


def _verify(keys: Schema, schemes: Mapping[str, Collection[str]]) -> Schema:
    """Give what stands under `verify`: each scheme has parameters of its own."""
    keys["scheme"]["enum"] = sorted(schemes)
    parameters = {name for taken in schemes.values() for name in taken}
    own = [
        {
            "if": {"properties": {"scheme": {"const": scheme}}},
            "then": {"propertyNames": {"enum": sorted({*keys, *taken})}},
        }
        for scheme, taken in schemes.items()
    ]
    return {"properties": {**{name: {} for name in sorted(parameters)}, **keys}, "allOf": own}


def _fields(kind: TargetKind) -> Schema:
    fields: Schema = {
        name: {**_SCALAR, "description": f"Intercom's own field ({field.type})"}
        for name, field in WRITABLE[kind].items()
    }
    fields[ATTRIBUTES] = {"anyOf": [{"type": "object"}, _EXPRESSION]}
    return {"properties": fields, "additionalProperties": False}
