"""The sources as the receiver serves them: worked out once at start, not per request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.errors import SecretMissing
from bridge.mapping.load import Catalogue
from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.sources.keys import secrets_of
from bridge.sources.schemes import Scheme, scheme_for


@dataclass(frozen=True, slots=True)
class Served:
    """What it takes to receive from a source; `max_body` in bytes."""

    mapping: SourceMapping
    scheme: Scheme
    secrets: tuple[str, ...]
    max_body: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One source; `problem` is why it answers 503, in words that anybody may read."""

    source: str
    title: str
    served: Served | None = None
    problem: str = ""


def endpoints(
    catalogue: Catalogue, environment: Mapping[str, str], *, max_body: int, public_url: str
) -> dict[str, Endpoint]:
    """Give every source by name, those that cannot be served with the reason."""
    problem = "its mapping has errors: `bridge check` tells them"
    broken = {source: Endpoint(source, source, problem=problem) for source in catalogue.broken}
    served = {
        source: _endpoint(mapping, environment, max_body, public_url)
        for source, mapping in catalogue.mappings.items()
    }
    return {**broken, **served}


def _endpoint(
    mapping: SourceMapping, environment: Mapping[str, str], max_body: int, public_url: str
) -> Endpoint:
    source, title = mapping.source, mapping.title or mapping.source
    variable = mapping.verification.secret or ""
    try:
        scheme = scheme_for(mapping.verification)
        secrets = secrets_of(scheme, environment.get(variable), variable)
    except (ValueError, SecretMissing) as error:
        return Endpoint(source, title, problem=str(error))
    if scheme.signs_url and not public_url:
        problem = "BRIDGE_PUBLIC_URL is not set, and this source signs the address it sends to"
        return Endpoint(source, title, problem=problem)
    size = mapping.reception.max_body or max_body
    return Endpoint(source, title, Served(mapping, scheme, secrets, size))
