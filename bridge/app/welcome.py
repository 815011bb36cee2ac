"""What `bridge run` says once everything is there: where it is, and what to paste to try it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from bridge.config import Config
from bridge.mapping.load import Catalogue

_FIRST = "stripe/customer-created.yaml"


def welcome(config: Config, host: str, sandbox: int, catalogue: Catalogue) -> str:
    """Give the lines; `sandbox` is its port, 0 where calls go to a real workspace."""
    url = f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"
    return "\n".join(["", *_places(url, config, sandbox, catalogue), "", *_tries(url, catalogue)])


def _places(url: str, config: Config, sandbox: int, catalogue: Catalogue) -> Iterator[str]:
    yield f"  The bridge   {url}/"
    if sandbox:
        yield f"  Intercom     the sandbox; its people: http://127.0.0.1:{sandbox}/"
    else:
        yield f"  Intercom     {config.base_url}: REAL, what you send changes your workspace"
    yield f"  Sources      {', '.join(sorted(catalogue.mappings)) or 'none: there is no mapping'}"
    for source in sorted(catalogue.broken):
        yield f"  Broken       {source}: `bridge check` tells why"


def _tries(url: str, catalogue: Catalogue) -> Iterator[str]:
    command = _command()
    found = _something_to_send(catalogue)
    yield "  Try it in another terminal, in this folder:"
    if found is not None:
        source, example = found
        elsewhere = "" if url.endswith("127.0.0.1:8000") else f" --url {url}"
        yield f"    {command} send {source} {shlex.quote(example)}{elsewhere}"
    yield f"    {command} events list"
    yield f"    curl {url}/readyz"
    yield ""
    yield "  Ctrl-C ends it.\n"


def _command() -> str:
    """Give the way to this program that is shortest to paste; it may not be installed by name."""
    python = Path(sys.executable)
    program = python.parent / "bridge"
    return _near(program) if program.exists() else f"{_near(python)} -m bridge"


def _near(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))


def _something_to_send(catalogue: Catalogue) -> tuple[str, str] | None:
    """Give a source and one of its examples: the first of Stripe's customers, else any."""
    found = sorted(
        (str(example), source)
        for source, mapping in catalogue.mappings.items()
        for example in (Path(mapping.path).parent / source).glob("*.yaml")
    )
    example, source = min(found, key=lambda one: not one[0].endswith(_FIRST), default=("", ""))
    return (source, example) if source else None
