"""What each operation costs in calls, measured on a sandbox: cold, and once the store knows.

Cold: a store that knows nobody. Warm: the same process has done it, or a read, before. Left out
are the reads made once per process: the workspace's id and the registry of attributes.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bridge import config as configuration
from bridge.app.operations import Operations
from bridge.intercom.operations import OPERATIONS
from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.serve import SandboxServer
from bridge.store import migrate
from bridge.store.database import connect

COMPANY, USER, LEAD = (f"5f{number:022x}" for number in (1, 2, 3))
ONCE = {"/me", "/data_attributes"}

WORLD: Mapping[str, Any] = {
    "companies": [{"id": COMPANY, "company_id": "acme", "name": "Acme"}],
    "contacts": [
        {"id": USER, "external_id": "u-1", "email": "ada@example.com", "companies": ["acme"]},
        {"id": LEAD, "role": "lead", "email": "lin@example.com"},
    ],
}


@dataclass(frozen=True, slots=True)
class Scene:
    """An operation to measure; `given` in words; `before` is done before the warm one."""

    resource: str
    name: str
    body: Mapping[str, Any]
    given: str
    before: tuple[str, Mapping[str, Any]] | None = None


_JOINING = {
    "UserId": "u-9",
    "Email": "eve@example.com",
    "Companies": [{"company_id": "acme", "name": "Acme"}],
}
_DATA = {"UserId": "u-1", "UpdateData": {"name": "Ada"}}

SCENES = (
    Scene("company", "create", {"CompanyId": "c-9", "Name": "New"}, "a new company"),
    Scene("company", "get", {"CompanyId": COMPANY}, "Intercom's id"),
    Scene("company", "get", {"CompanyId": "acme"}, "one's own id"),
    Scene("company", "get-many", {}, "one page of companies"),
    Scene("company", "update", {"CompanyId": COMPANY, "CompanyData": {"size": 5}}, "Intercom's id"),
    Scene("company", "update", {"CompanyId": "acme", "CompanyData": {"size": 5}}, "one's own id"),
    Scene("company", "list-users", {"CompanyId": COMPANY}, "Intercom's id, one page"),
    Scene("company", "list-users", {"CompanyId": "acme"}, "one's own id, one page"),
    Scene("lead", "create", {"Email": "new@example.com"}, "a new address"),
    Scene("lead", "create", {"Email": "lin@example.com", "Name": "Lin"}, "the address of a lead"),
    Scene("lead", "get", {"LeadId": LEAD}, "Intercom's id"),
    Scene("lead", "get-many", {}, "one page of leads"),
    Scene("lead", "update", {"ContactId": LEAD, "Name": "Lin", "Tags": ["vip"]}, "a name, a tag"),
    Scene("lead", "delete", {"LeadId": LEAD}, "Intercom's id", ("get", {"LeadId": LEAD})),
    Scene("user", "create", {"UserId": "u-9"}, "a new id"),
    Scene("user", "create", {"UserId": "u-9", "Email": "eve@example.com"}, "a new id and address"),
    Scene("user", "create", _JOINING, "the same, joining a company"),
    Scene("user", "create", {"UserId": "u-1", "Name": "Ada"}, "the id of a user"),
    Scene("user", "get", {"UserId": USER}, "Intercom's id"),
    Scene("user", "get", {"UserId": "u-1"}, "one's own id"),
    Scene("user", "get-many", {}, "one page of users"),
    Scene("user", "update", {**_DATA, "UserId": USER}, "Intercom's id"),
    Scene("user", "update", _DATA, "one's own id"),
    Scene("user", "delete", {"UserId": USER}, "Intercom's id", ("get", {"UserId": USER})),
    Scene("user", "delete", {"UserId": "u-1"}, "one's own id", ("get", {"UserId": "u-1"})),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """The calls of a scene, as method and path, in order."""

    scene: Scene
    cold: tuple[str, ...]
    warm: tuple[str, ...]


@cache
def measure() -> tuple[Cost, ...]:
    """Do every scene on a sandbox of its own, and count; once per process."""
    with tempfile.TemporaryDirectory(prefix="bridge-costs-") as folder:
        empty = Path(folder) / "empty.db"
        db = connect(f"sqlite:///{empty}")
        migrate.upgrade(db)
        db.dispose()
        return tuple(_measured(scene, empty) for scene in SCENES)


def _measured(scene: Scene, empty: Path) -> Cost:
    step = scene.name, scene.body
    return Cost(
        scene, _calls(scene, [step], empty), _calls(scene, [scene.before or step, step], empty)
    )


def _calls(
    scene: Scene, steps: list[tuple[str, Mapping[str, Any]]], empty: Path
) -> tuple[str, ...]:
    """Give the calls of the last step, with a store of their own."""
    file = empty.with_name("used.db")
    shutil.copy(empty, file)
    with SandboxServer() as server:
        seeds.plant(server.state, WORLD)
        found = replace(
            configuration.read({"INTERCOM_ACCESS_TOKEN": "sandbox"}),
            database_url=f"sqlite:///{file}",
            intercom_base_url=server.url,
        )
        db = connect(found.database_url)
        operations = Operations(found, db)
        made = 0
        for name, body in steps:
            made = len(server.state.journal.listed())
            told = operations(OPERATIONS[scene.resource, name], body)
            assert not told["ErrorMessage"], told["ErrorMessage"]
        operations.close()
        db.dispose()
        listed = server.state.journal.listed()[made:]
    return tuple(f"{one['method']} {_path(one['path'])}" for one in listed if _counts(one))


def _counts(call: Mapping[str, Any]) -> bool:
    return not (call["method"] == "GET" and call["path"] in ONCE)


def _path(path: str) -> str:
    shown = re.sub(r"/[0-9a-f]{24}", "/{id}", path)
    return re.sub(r"(find_by_external_id)/.*", r"\1/{external_id}", shown)
