"""The mappings of the configured folders, loaded once per process."""

from __future__ import annotations

from pathlib import Path

from bridge.config import Config
from bridge.errors import MappingError, Problem
from bridge.mapping.document import open_document
from bridge.mapping.load import Catalogue, load_folders
from bridge.mapping.mapping import Mapping
from bridge.mapping.nodes import Block
from bridge.sources.schemes import PARAMETERS, scheme_for


def load(config: Config) -> Catalogue:
    """Load every mapping; the broken ones are told apart, they harm nobody else."""
    catalogue = load_folders([Path(folder) for folder in config.mappings], PARAMETERS)
    good, broken = dict(catalogue.mappings), dict(catalogue.broken)
    for source, mapping in catalogue.mappings.items():
        try:
            scheme_for(mapping.verification)
        except ValueError as error:
            broken[source] = _unverifiable(good.pop(source), str(error))
    return Catalogue(good, broken)


def _unverifiable(mapping: Mapping, reason: str) -> MappingError:
    """Tell of parameters that do not fit their scheme, which the mapping layer does not know."""
    node, _ = open_document(Path(mapping.path))
    verify = node.get("verify") if isinstance(node, Block) else None
    line, column = (verify.place.line, verify.place.column) if verify else (1, 1)
    return MappingError([Problem(mapping.path, line, column, f"`verify`: {reason}")])


def mapping_of(catalogue: Catalogue, source: str) -> Mapping:
    """Give a source's mapping; raise MappingError where it is broken or gone."""
    if source in catalogue.broken:
        raise catalogue.broken[source]
    if source not in catalogue.mappings:
        known = ", ".join(sorted(catalogue.mappings)) or "none"
        problem = f"there is no mapping for source {source!r} (there are: {known})"
        raise MappingError([Problem(f"{source}.yaml", 1, 1, problem)])
    return catalogue.mappings[source]
