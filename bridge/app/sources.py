"""The mappings of the configured folders, loaded once per process."""

from __future__ import annotations

from pathlib import Path

from bridge.config import Config
from bridge.errors import MappingError, Problem
from bridge.mapping.load import Catalogue, load_folders
from bridge.mapping.mapping import Mapping
from bridge.sources.schemes import PARAMETERS


def load(config: Config) -> Catalogue:
    """Load every mapping; the broken ones are told apart, they harm nobody else."""
    return load_folders([Path(folder) for folder in config.mappings], PARAMETERS)


def mapping_of(catalogue: Catalogue, source: str) -> Mapping:
    """Give a source's mapping; raise MappingError where it is broken or gone."""
    if source in catalogue.broken:
        raise catalogue.broken[source]
    if source not in catalogue.mappings:
        known = ", ".join(sorted(catalogue.mappings)) or "none"
        problem = f"there is no mapping for source {source!r} (there are: {known})"
        raise MappingError([Problem(f"{source}.yaml", 1, 1, problem)])
    return catalogue.mappings[source]
