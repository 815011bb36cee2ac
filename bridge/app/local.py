"""What `bridge run` needs on one machine: secrets made up once, kept out of git, read by `send`."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Iterable, Mapping
from pathlib import Path

from bridge.mapping.mapping import Mapping as SourceMapping
from bridge.sources.schemes import scheme_for

FOLDER = Path(".bridge")
FILE = FOLDER / "dev.env"
SANDBOX = FOLDER / "sandbox.json"


def read_env(path: Path = FILE) -> dict[str, str]:
    """Read NAME=value lines; none where the file is not there."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {name.strip(): value.strip() for name, mark, value in lines if mark}


def with_local_secrets(
    environment: Mapping[str, str], mappings: Iterable[SourceMapping], path: Path = FILE
) -> dict[str, str]:
    """Give the environment with a made-up secret for everything that has none; it is kept.

    What the environment sets always wins. The file is readable by its owner only.
    """
    kept = read_env(path)
    wanted = {"BRIDGE_ADMIN_TOKEN": secrets.token_urlsafe(32), **made_up(mappings)}
    missing = {name: value for name, value in wanted.items() if name not in kept}
    if missing:
        _write({**kept, **missing}, path)
    return behind(environment, {**kept, **missing})


def behind(environment: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Give the environment with values for what it does not set, or sets to nothing."""
    return {**environment, **values, **{name: text for name, text in environment.items() if text}}


def made_up(mappings: Iterable[SourceMapping]) -> dict[str, str]:
    """Give a fresh secret for every variable that the mappings name."""
    return {
        mapping.verification.secret: _secret(mapping)
        for mapping in mappings
        if mapping.verification.secret
    }


def _secret(mapping: SourceMapping) -> str:
    scheme = scheme_for(mapping.verification)
    if scheme.kind == "basic":
        return f"bridge:{secrets.token_urlsafe(24)}"
    random = secrets.token_bytes(32)
    if scheme.key_decode == "base64":
        return scheme.key_prefix + b64encode(random).decode()
    return scheme.key_prefix + random.hex()


def _write(values: Mapping[str, str], path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.with_name(".gitignore").write_text("*\n")
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    draft.replace(path)
