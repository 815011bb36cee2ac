"""Writes a first mapping and its examples from captured payloads, for a person to go on from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from bridge.mapping.document import core_value
from bridge.mapping.guess import Guess, is_email
from bridge.mapping.leaves import Leaf, Steps, at, written
from bridge.model import Json, State

WIDTH = 100
_PLAIN_YAML = re.compile(r"=?[A-Za-z_][\w.\[\](), ]*")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a first mapping is made of; `root` is the name under which an event's payload stands."""

    source: str
    scheme: str
    parameters: Mapping[str, Json]
    recognised: bool
    root: str
    leaves: Sequence[Leaf]
    types: Sequence[str]
    guess: Guess

    def outcome(self, payload: Json) -> State:
        """Give the state in which an event ends by the guesses alone."""
        if is_email(at(payload, self.guess.email or ("email",))):
            return State.DONE
        known = self.guess.person and at(payload, self.guess.person)
        return State.WAITING if known else State.PARKED


def mapping_text(draft: Draft) -> str:
    """Give the text of the mapping."""
    parts = [_head(draft), _verify(draft), _receive(draft), _event(draft), _routes(draft)]
    return "\n\n".join(part for part in [*parts, _places(draft)] if part) + "\n"


def example_text(title: str, send: Mapping[str, Json], outcome: State) -> str:
    """Give the text of an example."""
    document = {"title": title, "send": send, "outcome": outcome.value}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=WIDTH)


def _head(draft: Draft) -> str:
    name = draft.source.upper().replace("-", "_")
    return (
        "# A first mapping, made from a captured payload. What is guessed says so: look at it.\n"
        f"# `bridge check {draft.source}` says whether it holds, `bridge preview` what it makes\n"
        "# of a payload; docs/mapping-language.md is the language on a page.\n"
        f"source: {draft.source}\ntitle: {name.replace('_', ' ').capitalize()}"
    )


def secret_of(source: str) -> str:
    """Give the name of the environment variable for a source's secret."""
    name = re.sub(r"[^A-Z0-9]", "_", source.upper())
    return f"{name if name[0].isalpha() else f'SOURCE_{name}'}_WEBHOOK_SECRET"


def _verify(draft: Draft) -> str:
    told = "recognised by its headers" if draft.recognised else "GUESSED: how does the sender sign?"
    lines = [
        "verify:",
        f"  scheme: {draft.scheme}   # {told}; docs/security.md lists the schemes",
        f"  secret: {secret_of(draft.source)}   # the NAME of an environment variable",
        *(f"  {key}: {_yaml(value)}" for key, value in draft.parameters.items()),
    ]
    return "\n".join(lines)


def _receive(draft: Draft) -> str:
    return "receive:\n  each: =body   # one request holds several events" * (draft.root == "item")


def _event(draft: Draft) -> str:
    guess = draft.guess
    subject = guess.person or guess.email
    told = {"id": guess.id, "type": guess.type, "time": guess.time, "subject": subject}
    lines = [
        f"  {key}: {_yaml('=' + _place(draft, place))}   # guessed"
        for key, place in told.items()
        if place is not None
    ]
    missing = [f"  # {key}: nothing in the payload looks like it" for key in told if not told[key]]
    return "\n".join(["event:", *lines, *missing]) if lines else "\n".join(["# event:", *missing])


def _place(draft: Draft, place: Steps | str) -> str:
    if isinstance(place, str):
        return "headers." + place.replace("-", "_")
    return written(draft.root, place)


def _routes(draft: Draft) -> str:
    types = ", ".join(_yaml(one) for one in draft.types)
    on = f"[{types}]" if types else '"*"'
    lines = [
        "routes:",
        f"  - on: {on}",
        "    contact:            # or `user` where these people have an account, `lead` where not",
        "      match:            # guessed; `external_id` would be your own id of the person",
        *(f"        {name}: {_yaml(value)}" for name, value in _match(draft)),
        *_missing(draft),
        *_set(draft),
    ]
    return "\n".join(lines)


def _match(draft: Draft) -> Iterator[tuple[str, str]]:
    guess = draft.guess
    if guess.person:
        link = re.sub(r"[^a-z0-9]", "_", draft.source)
        link = link if link[0].isalpha() else f"source_{link}"
        yield f"{link}_person", "=" + written(draft.root, guess.person)
    if guess.email or not guess.person:
        place = guess.email or ("email",)
        yield "email", "=" + written(draft.root, place)


def _missing(draft: Draft) -> Iterator[str]:
    if not draft.guess.email and draft.guess.person:
        yield "      missing:          # no address here: wait for an event that has one"
        yield "        wait: 72h"
        yield "        then: park"


def _set(draft: Draft) -> Iterator[str]:
    guess, values = draft.guess, {}
    names = [written(draft.root, name) for name in guess.names]
    if names:
        values["name"] = f"=words({', '.join(names)})" if len(names) > 1 else f"={names[0]}"
    if guess.phone:
        values["phone"] = "=" + written(draft.root, guess.phone)
    if values:
        yield "      set:              # guessed"
        yield from (f"        {name}: {_yaml(value)}" for name, value in values.items())
    else:
        yield "      # set:"
    yield "      #   custom_attributes:"
    yield "      #     plan: =text(body.some.place)   # `text`, `unix`, `number` … tell the type"


def _places(draft: Draft) -> str:
    rows = [(written(draft.root, leaf.steps), leaf.kind) for leaf in draft.leaves]
    width = min(max((len(path) for path, _ in rows), default=0), 60)
    lines = [f"#   {path:<{width}}  {kind}" for path, kind in rows]
    return "\n".join(["# All that the payload has:", *lines])


def _yaml(value: Json) -> str:
    if isinstance(value, str) and _PLAIN_YAML.fullmatch(value) and core_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
