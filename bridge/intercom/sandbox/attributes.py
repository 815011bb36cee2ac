"""The rules of data attributes: names, types, no name twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from bridge.intercom.sandbox.fields import text
from bridge.intercom.sandbox.model import DataAttribute, Refusal, invalid
from bridge.intercom.sandbox.state import Sandbox
from bridge.model import Json

TYPES = ("string", "integer", "float", "boolean", "date", "datetime", "options")
KEPT_AS = {"datetime": "date", "options": "string"}
NAME = re.compile(r"[\w \-$€£¥₹¢₩₽]+")
DATA = {"contact": "people", "company": "company"}


def create(state: Sandbox, body: Mapping[str, Json]) -> DataAttribute:
    """Create a custom attribute."""
    name, model, data_type = body.get("name"), body.get("model"), body.get("data_type")
    if not isinstance(model, str) or model not in DATA:
        raise invalid("The Data Attribute model field must be either contact or company")
    if data_type not in TYPES:
        raise invalid("Data Type isn't an option")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise invalid(
            "Your name for this attribute must only contain alphanumeric characters, "
            "currency symbols, and hyphens"
        )
    _refuse_taken(state, name, model)
    options = _options(body.get("options")) if data_type == "options" else ()
    now = state.now()
    made = DataAttribute(
        state.next_number(),
        model,
        name,
        KEPT_AS.get(str(data_type), str(data_type)),
        options,
        text("description", body.get("description")),
        created_at=now,
        updated_at=now,
    )
    return _keep(state, made)


def _refuse_taken(state: Sandbox, name: str, model: str) -> None:
    for other in state.attributes.values():
        if other.custom and other.name == name:
            raise invalid(
                f"You already have '{name}' in your {DATA[other.model]} data. "
                f"To save this as new {DATA[model]} data, use a different name."
            )


def _options(options: Json) -> tuple[str, ...]:
    if not isinstance(options, list):
        raise invalid("Options isn't an array")
    values = [item.get("value") if isinstance(item, dict) else None for item in options]
    if len(values) < 2 or not all(isinstance(value, str) for value in values):
        raise invalid("A list attribute needs at least 2 options")
    return tuple(str(value) for value in values)


def update(state: Sandbox, attribute_id: int, body: Mapping[str, Json]) -> DataAttribute:
    """Change description, options or whether it is archived; the type stays."""
    found = state.attributes.get(attribute_id)
    if found is None or not found.custom:
        told = "We couldn't find that data attribute to update"
        raise Refusal(404, "field_not_found", told)
    changed = replace(found, updated_at=state.now())
    if "archived" in body:
        changed = replace(changed, archived=bool(body["archived"]))
    if "description" in body:
        changed = replace(changed, description=text("description", body["description"]))
    if "options" in body:
        changed = replace(changed, options=_options(body["options"]))
    return _keep(state, changed)


def listed(state: Sandbox, model: str | None, *, archived: bool) -> list[DataAttribute]:
    """Give the attributes of a model (None: of both), archived ones too where asked for."""
    if model == "conversation":
        told = (
            "model=conversation is no longer supported. Use GET /conversations/attributes instead"
        )
        raise Refusal(422, "parameter_invalid", told)
    return [
        each
        for each in state.attributes.values()
        if (model is None or each.model == model) and (archived or not each.archived)
    ]


def _keep(state: Sandbox, attribute: DataAttribute) -> DataAttribute:
    state.attributes[attribute.id] = attribute
    state.changed()
    return attribute
