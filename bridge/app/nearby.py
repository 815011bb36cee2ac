"""The sandbox that `bridge run` serves: where it is, for commands started beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import requests

from bridge.app import local

FILE = local.FOLDER / "sandbox.url"


def tell(url: str, path: Path = FILE) -> None:
    """Note where the sandbox is; its folder is there already."""
    path.write_text(url + "\n")


def settings(environment: Mapping[str, str], path: Path = FILE) -> dict[str, str]:
    """Give the settings that lead to the sandbox; none where a token is set or none answers."""
    if environment.get("INTERCOM_ACCESS_TOKEN", "").strip() or not path.exists():
        return {}
    url = path.read_text().strip()
    if not url.startswith("http://127.0.0.1:") or not _answers(url):
        return {}
    return {"INTERCOM_ACCESS_TOKEN": "sandbox", "INTERCOM_BASE_URL": url}


def _answers(url: str) -> bool:
    try:
        answer = requests.get(f"{url}/_sandbox/faults", timeout=2)
        return answer.ok and isinstance(answer.json(), list)
    except (requests.RequestException, ValueError):
        return False
