"""A payload file or an example made into the request that its vendor would send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from bridge.clock import Micros
from bridge.errors import BridgeError
from bridge.mapping.examples import load_example
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.sources.keys import secrets_of
from bridge.sources.schemes import Scheme, scheme_for
from bridge.sources.sign import address, sign

JSON = "application/json"
TRANSPORT = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}


@dataclass(frozen=True, slots=True)
class ToSend:
    """One request, ready to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds of a request."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


def request_of(
    mapping: SourceMapping,
    file: Path,
    environment: Mapping[str, str],
    base_url: str,
    now: Micros,
    delivery: str,
) -> ToSend:
    """Give the request for a file, as `contents` reads it, to the bridge at `base_url`.

    Raises SecretMissing, BridgeError where the file cannot be read.
    """
    found = contents(mapping, file)
    made = signed(mapping, found.body, found.headers, environment, base_url, now, delivery)
    if not found.query:
        return made
    mark = "&" if "?" in made.url else "?"
    return replace(made, url=f"{made.url}{mark}{urlencode(found.query)}")


def signed(
    mapping: SourceMapping,
    body: bytes,
    headers: Mapping[str, str],
    environment: Mapping[str, str],
    base_url: str,
    now: Micros,
    delivery: str,
) -> ToSend:
    """Sign a body as the source's vendor would, with the secret in the environment.

    Of `headers` those that a server or the scheme itself sets are made anew.
    """
    scheme = scheme_for(mapping.verification)
    variable = mapping.verification.secret or ""
    found = secrets_of(scheme, environment.get(variable), variable)
    secret = found[0] if found else ""
    path = f"/hooks/{mapping.source}"
    known = address(scheme, secret, f"{environment.get('BRIDGE_PUBLIC_URL') or base_url}{path}")
    made = {"Content-Type": JSON, "User-Agent": "bridge send"}
    made |= sign(scheme, secret, body, now, id=delivery, url=known)
    fixed = {name.lower() for name in made if name not in {"Content-Type", "User-Agent"}}
    fixed |= TRANSPORT | {name.lower() for name in _names(scheme)}
    given = {name: value for name, value in headers.items() if name.lower() not in fixed}
    there = {name.lower() for name in given}
    made = {name: value for name, value in made.items() if name.lower() not in there}
    return ToSend(address(scheme, secret, f"{base_url}{path}"), {**given, **made}, body)


def _names(scheme: Scheme) -> tuple[str, ...]:
    return (*scheme.header, *scheme.ts_header, *scheme.id_header)


def contents(mapping: SourceMapping, file: Path) -> Contents:
    """Read a file: YAML is an example of the mapping, anything else is a body as it is sent.

    Headers may stand beside a body in `<name>.headers.json`.
    """
    if file.suffix in {".yaml", ".yml"}:
        example = load_example(mapping, file)
        return Contents(example.body, example.headers, example.query)
    beside = file.with_suffix(".headers.json")
    return Contents(file.read_bytes(), headers_in(beside) if beside.exists() else {}, {})


def headers_in(file: Path) -> dict[str, str]:
    """Read a JSON object of header names and values; raise BridgeError where it is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found.items()}
    except (ValueError, AttributeError):
        raise BridgeError(f"{file} should hold a JSON object of header names and values") from None
