"""The schema for editors takes what `bridge check` takes, and no key that is misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bridge.mapping.document import open_document
from bridge.mapping.grammar import GRAMMAR
from bridge.mapping.json_schema import example_schema, mapping_schema
from bridge.mapping.nodes import to_json
from bridge.sources.schemes import PARAMETERS

ROOT = Path(__file__).parents[3]
FILES = sorted(ROOT.glob("mappings/**/*.yaml"))
NAMES_OF_ONES_OWN = {
    *("let", "tables", "types", "match", "custom_attributes", "metadata", "keep", "records"),
    *("payload", "headers", "query", "contacts", "companies", "events", "body", "ack", "fields"),
}
"""Keys below which any name may stand."""

MAPPING = Draft202012Validator(mapping_schema(PARAMETERS))
EXAMPLE = Draft202012Validator(example_schema())


def read(file: Path) -> Any:
    node, problems = open_document(file)
    assert node is not None
    assert not problems.found
    return to_json(node)


def schema_of(file: Path) -> Draft202012Validator:
    return MAPPING if file.parent.name == "mappings" else EXAMPLE


def misspelt(value: Any) -> Iterator[str]:
    """Misspell each key of the grammar in turn, in place; give its name meanwhile."""
    if isinstance(value, list):
        for one in value:
            yield from misspelt(one)
    elif isinstance(value, dict):
        for key in list(value):
            value[key + "s"] = value.pop(key)
            yield key
            value[key] = value.pop(key + "s")
            if key not in NAMES_OF_ONES_OWN:
                yield from misspelt(value[key])


@pytest.mark.parametrize("schema", [MAPPING, EXAMPLE], ids=["mapping", "example"])
def test_it_is_a_schema(schema: Draft202012Validator) -> None:
    """As the specification says."""
    Draft202012Validator.check_schema(schema.schema)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_ships_is_valid(file: Path) -> None:
    """Mappings and examples; a misspelt key of any of them is not."""
    schema, content = schema_of(file), read(file)
    assert [error.message for error in schema.iter_errors(content)] == []
    taken = [key for key in misspelt(content) if schema.is_valid(content)]
    assert taken == []


@pytest.mark.parametrize("scheme", sorted(PARAMETERS))
def test_a_scheme_takes_its_own_parameters_alone(scheme: str) -> None:
    """`header` belongs to `hmac`, not to `stripe`."""
    parameters = {name for taken in PARAMETERS.values() for name in taken}
    known = {
        name for name in parameters if MAPPING.is_valid(mapping({"scheme": scheme, name: "x"}))
    }
    assert known == PARAMETERS[scheme]


def mapping(verify: dict[str, str]) -> dict[str, Any]:
    person = {"match": {"email": "=body.email"}}
    return {"source": "shop", "verify": verify, "routes": [{"user": person}]}


def test_every_key_is_described() -> None:
    """An editor shows what it is for."""
    blocks = {"mapping": MAPPING.schema, **MAPPING.schema["$defs"]}
    for name, keys in GRAMMAR.items():
        for key in keys:
            if not key.later:
                assert blocks[name]["properties"][key.name]["description"] == key.doc
