"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from bench.databases import migrated
from bench.engines import pgmq, procrastinate
from bench.engines.engine import Engine
from bench.engines.lanes import Lanes
from bench.engines.pgmq import Pgmq
from bench.engines.procrastinate import Procrastinate


@dataclass(frozen=True, slots=True)
class Kind:
    """How an engine is installed into an empty database, and a connection to it opened.

    `unique` opens one that does what the engine can against doubles.
    """

    install: Callable[[str], object]
    open: Callable[[str], Engine]
    unique: Callable[[str], Engine]


ENGINES: Mapping[str, Kind] = {
    "lanes": Kind(migrated, Lanes, Lanes),
    "procrastinate": Kind(
        procrastinate.install, Procrastinate, partial(Procrastinate, unique=True)
    ),
    "pgmq": Kind(pgmq.install, Pgmq, Pgmq),
    "pgmq heads": Kind(pgmq.install, partial(Pgmq, heads=True), partial(Pgmq, heads=True)),
}
