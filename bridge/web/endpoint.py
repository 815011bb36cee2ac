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
class Endpoint:
    """One source; `problem` is why it answers 503 (empty: it is served). `max_body` in bytes."""

    source: str
    mapping: SourceMapping | None = None
    scheme: Scheme | None = None
    secrets: tuple[str, ...] = ()
    max_body: int = 0
    problem: str = ""


def endpoints(
    catalogue: Catalogue, environment: Mapping[str, str], *, max_body: int, public_url: str
) -> dict[str, Endpoint]:
    """Give every source by name, those that cannot be served with the reason."""
    broken = {
        source: Endpoint(source, problem=f"the mapping has errors: {error}")
        for source, error in catalogue.broken.items()
    }
    served = {
        source: _endpoint(mapping, environment, max_body, public_url)
        for source, mapping in catalogue.mappings.items()
    }
    return {**broken, **served}


def _endpoint(
    mapping: SourceMapping, environment: Mapping[str, str], max_body: int, public_url: str
) -> Endpoint:
    verification = mapping.verification
    size = mapping.max_body or max_body
    try:
        scheme = scheme_for(verification)
        variable = verification.secret or ""
        secrets = secrets_of(scheme, environment.get(variable), variable)
    except (ValueError, SecretMissing) as error:
        return Endpoint(mapping.source, mapping, max_body=size, problem=str(error))
    problem = ""
    if scheme.signs_url and not public_url:
        problem = "BRIDGE_PUBLIC_URL is not set, and this source signs the address it sends to"
    return Endpoint(mapping.source, mapping, scheme, secrets, size, problem)
