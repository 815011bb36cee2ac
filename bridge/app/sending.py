"""A payload file or an example made into the request that its vendor would send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.clock import Micros
from bridge.mapping.examples import load_example
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.sources.keys import secrets_of
from bridge.sources.schemes import scheme_for
from bridge.sources.sign import address, sign

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class ToSend:
    """One request, ready to be sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes


def request_of(
    mapping: SourceMapping,
    file: Path,
    environment: Mapping[str, str],
    base_url: str,
    now: Micros,
    delivery: str,
) -> ToSend:
    """Give the request for a file: YAML is an example of the mapping, anything else is sent as is.

    Headers may stand beside a payload in a file `<name>.headers.json`. Raises SecretMissing.
    """
    body, headers = contents(mapping, file)
    return signed(mapping, body, headers, environment, base_url, now, delivery)


def signed(
    mapping: SourceMapping,
    body: bytes,
    headers: Mapping[str, str],
    environment: Mapping[str, str],
    base_url: str,
    now: Micros,
    delivery: str,
) -> ToSend:
    """Sign a body as the source's vendor would, with the secret in the environment."""
    scheme = scheme_for(mapping.verification)
    variable = mapping.verification.secret or ""
    found = secrets_of(scheme, environment.get(variable), variable)
    secret = found[0] if found else ""
    url = address(scheme, secret, f"{base_url}/hooks/{mapping.source}")
    names = {name.lower() for name in headers}
    typed = headers if "content-type" in names else {**headers, "Content-Type": JSON}
    made = sign(scheme, secret, body, now, id=delivery, url=url)
    return ToSend(url, {**typed, **made}, body)


def contents(mapping: SourceMapping, file: Path) -> tuple[bytes, Mapping[str, str]]:
    """Give the body in a file and the headers that go with it."""
    if file.suffix in {".yaml", ".yml"}:
        example = load_example(mapping, file)
        return example.body, example.headers
    beside = file.with_suffix(".headers.json")
    headers = json.loads(beside.read_text()) if beside.exists() else {}
    kept = {name: value for name, value in headers.items() if name.lower() in {"content-type"}}
    return file.read_bytes(), kept
