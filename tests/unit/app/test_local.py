"""Secrets that `bridge run` makes up: right for their schemes, kept, and for nobody else's eyes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bridge.app import local
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping
from bridge.sources.keys import secrets_of
from bridge.sources.schemes import PARAMETERS, PRESETS, scheme_for

_EXTRA = {
    "hmac": "  header: X-Signature\n",
    "token": "  place: header\n  header: X-Token\n",
}


def mapping(folder: Path, scheme: str) -> Mapping:
    """Load a mapping that is verified by the scheme."""
    secret = "" if scheme == "open" else "  secret: SHOP_SECRET\n"
    file = folder / "shop.yaml"
    file.write_text(
        f"source: shop\nverify:\n  scheme: {scheme}\n{secret}{_EXTRA.get(scheme, '')}"
        "event:\n  id: =body.id\nroutes:\n  - on: '*'\n    lead:\n      match:\n"
        "        email: =body.email\n"
    )
    return load_mapping(file, schemes=PARAMETERS)


@pytest.mark.parametrize("scheme", sorted(set(PRESETS) - {"open"}))
def test_a_made_up_secret_is_one_its_scheme_can_use(scheme: str, tmp_path: Path) -> None:
    """In the encoding and with the prefix that the vendor's have."""
    found = mapping(tmp_path, scheme)
    made = local.made_up([found])
    usable = secrets_of(scheme_for(found.verification), made["SHOP_SECRET"], "SHOP_SECRET")
    assert len(usable) == 1
    assert len(usable[0]) >= 32


def test_secrets_are_kept_for_the_next_start(tmp_path: Path) -> None:
    """What was sent yesterday can be sent again today."""
    file = tmp_path / ".bridge" / "dev.env"
    found = [mapping(tmp_path, "github")]
    first = local.with_local_secrets({}, found, file)
    assert local.with_local_secrets({}, found, file) == first
    assert local.read_env(file) == first
    assert set(first) == {"SHOP_SECRET", "BRIDGE_ADMIN_TOKEN"}


def test_what_the_environment_sets_wins(tmp_path: Path) -> None:
    """And everything else of it stays."""
    file = tmp_path / ".bridge" / "dev.env"
    environment = {"SHOP_SECRET": "mine", "PATH": "/bin"}
    given = local.with_local_secrets(environment, [mapping(tmp_path, "github")], file)
    assert given["SHOP_SECRET"] == "mine"
    assert given["PATH"] == "/bin"


def test_an_empty_variable_does_not_hide_what_was_made_up(tmp_path: Path) -> None:
    """It counts as not set everywhere else too."""
    file = tmp_path / ".bridge" / "dev.env"
    given = local.with_local_secrets({"SHOP_SECRET": ""}, [mapping(tmp_path, "github")], file)
    assert given["SHOP_SECRET"]


def test_nobody_else_may_read_the_file_and_git_does_not_see_it(tmp_path: Path) -> None:
    """In whatever folder it is made."""
    file = tmp_path / ".bridge" / "dev.env"
    local.with_local_secrets({}, [mapping(tmp_path, "github")], file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert (file.parent / ".gitignore").read_text() == "*\n"
    assert [one.name for one in file.parent.iterdir() if one.suffix == ".new"] == []
