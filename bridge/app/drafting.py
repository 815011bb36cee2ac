"""A first mapping and its examples from captured requests: `bridge new`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bridge.app.sending import JSON, TRANSPORT, headers_in
from bridge.errors import BridgeError
from bridge.mapping.document import parse
from bridge.mapping.draft import Draft, example_text, mapping_text
from bridge.mapping.guess import guess
from bridge.mapping.leaves import Steps, at, merged
from bridge.mapping.load import RESERVED_SOURCES, SOURCE, Catalogue
from bridge.mapping.nodes import to_json
from bridge.mapping.observation import INTERCOM
from bridge.mapping.problems import Problems
from bridge.model import Json, State
from bridge.sources.body import read_body
from bridge.sources.recognise import recognised, secret_headers
from bridge.sources.schemes import PRESETS

_PASSED_ON = re.compile(r"(?:x-forwarded|x-real|x-request|x-amz|cf|cdn|via|forwarded)\b.*")


@dataclass(frozen=True, slots=True)
class Captured:
    """One request as it was captured."""

    file: Path
    body: bytes
    headers: Mapping[str, str]
    payload: Json


def captured(file: Path, headers: Path | None) -> Captured:
    """Read a captured body, with the headers beside it or in a file of their own.

    Raises BridgeError, Unreadable where the body is none that the bridge can read.
    """
    beside = headers or file.with_suffix(".headers.json")
    given = headers_in(beside) if beside.exists() else {}
    named = {name.lower(): value for name, value in given.items()}
    body = file.read_bytes()
    return Captured(file, body, named, read_body(named.get("content-type", JSON), body))


def draft_of(source: str, requests: Sequence[Captured]) -> Draft:
    """Guess a first mapping from the requests."""
    headers = {name: value for one in requests for name, value in one.headers.items()}
    scheme, parameters = recognised(headers) or ("hmac", {"header": "X-Signature"})
    batch = all(isinstance(one.payload, list) for one in requests)
    items = [item for one in requests for item in _items(one.payload, batch=batch)]
    places = merged(items)
    kept = _kept(headers, scheme) | _ids(headers, scheme)
    guessed = guess(places, kept)
    return Draft(
        source=source,
        scheme=scheme,
        parameters=parameters,
        recognised=recognised(headers) is not None,
        root="item" if batch else "body",
        leaves=places,
        types=_types(guessed.type, items, [one.headers for one in requests]),
        guess=guessed,
    )


def _items(payload: Json, *, batch: bool) -> list[Json]:
    return list(payload) if batch else [payload]


def _types(
    place: Steps | str | None, items: list[Json], headers: list[Mapping[str, str]]
) -> list[str]:
    """Give the types that the requests have, in the order they came."""
    if isinstance(place, str):
        found = [one.get(place) for one in headers]
    else:
        found = [at(item, place) for item in items] if place else []
    return list(dict.fromkeys(one for one in found if isinstance(one, str)))


def write(folder: Path, draft: Draft, requests: Sequence[Captured]) -> list[Path]:
    """Write the mapping and an example for each request; give the files."""
    files = {folder / f"{draft.source}.yaml": mapping_text(draft)}
    for request in requests:
        file = folder / draft.source / f"{_stem(request.file)}.yaml"
        title = f"{_stem(request.file)} as it was captured"
        files[file] = example_text(
            title, _send(request, draft), draft.outcome(_first(request, draft))
        )
    if len(files) <= len(requests):
        raise BridgeError("two of the files have the same name: rename one")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return list(files)


def refuse_taken(source: str, folder: Path, catalogue: Catalogue) -> None:
    """Raise BridgeError where a mapping of this name cannot be written."""
    if not SOURCE.fullmatch(source) or source in (*RESERVED_SOURCES, INTERCOM):
        raise BridgeError(f"{source!r} cannot name a new source: use a-z, 0-9, _ and -")
    there = [catalogue.mappings[source].path] if source in catalogue.mappings else []
    there += [str(path) for path in (folder / f"{source}.yaml", folder / source) if path.exists()]
    if source in catalogue.broken or there:
        raise BridgeError(f"there is {(there or ['a mapping'])[0]} already: choose another name")


def _stem(file: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or "captured"


def _first(request: Captured, draft: Draft) -> Json:
    """Give the payload of the first event; an empty batch has none."""
    return next(iter(request.payload), {}) if draft.root == "item" else request.payload


def _send(request: Captured, draft: Draft) -> Mapping[str, Json]:
    """Give what an example sends: as a document where YAML keeps it exactly, else as text.

    Of a batch it is the first event: all events of an example end alike.
    """
    headers = _kept(request.headers, draft.scheme)
    kind = headers.pop("content-type", JSON)
    beside = {"headers": headers} if headers else {}
    payload = [_first(request, draft)] if draft.root == "item" else request.payload
    document = {"payload": payload, **beside}
    if kind.partition(";")[0] == JSON and _same(document):
        return document
    return {"body": request.body.decode(), "type": kind, **beside}


def _same(send: Mapping[str, Json]) -> bool:
    """Say whether a payload comes out of YAML as it went in."""
    problems = Problems("example", example_text("example", send, State.DONE))
    node = parse(problems)
    return node is not None and not problems.found and to_json(node)["send"] == send


def _kept(headers: Mapping[str, str], scheme: str) -> dict[str, str]:
    """Give the headers that say something of the event: none that proves, passes on or travels."""
    out = (
        secret_headers(PRESETS[scheme]) | TRANSPORT | {"user-agent", "accept", "origin", "referer"}
    )
    return {
        name: value
        for name, value in headers.items()
        if name not in out and not _PASSED_ON.fullmatch(name)
    }


def _ids(headers: Mapping[str, str], scheme: str) -> dict[str, str]:
    """Give the header with the id that the scheme signs, for that is the best id there is."""
    names = (name.lower() for name in PRESETS[scheme].id_header)
    return {name: headers[name] for name in names if name in headers}
