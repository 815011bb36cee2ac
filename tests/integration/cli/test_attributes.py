"""`bridge attributes`: what the mappings write beside what Intercom has, before it is too late."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.intercom.sandbox import seeds
from bridge.intercom.sandbox.state import Sandbox

from .conftest import Bridge

CRM = """\
source: crm
verify: {scheme: token, secret: CRM_SECRET, place: header, header: X-Token}
types: {plan: string, seats: integer, gone: string, tier: string}
routes:
  - user:
      match: {email: =body.email}
      payload_attributes: {at_most: 5}
      set:
        custom_attributes:
          plan: =body.plan
          seats: =body.seats
          gone: =body.gone
      set_once:
        custom_attributes: =body.traits
    company:
      match: {company_id: =body.id}
      set:
        custom_attributes:
          tier: =body.tier
"""


@pytest.fixture(autouse=True)
def crm(here: Path) -> Path:
    """Write a mapping with attributes of its own."""
    path = here / "mappings" / "crm.yaml"
    path.write_text(CRM)
    return path


def plant(state: Sandbox, *rows: tuple[str, str, str]) -> None:
    document = [{"model": model, "name": name, "data_type": kind} for model, name, kind in rows]
    seeds.plant(state, {"attributes": document})


def archive(state: Sandbox, name: str) -> None:
    for key, one in list(state.attributes.items()):
        if one.name == name:
            state.attributes[key] = replace(one, archived=True)


def lines(text: str) -> dict[str, str]:
    """Give what stands behind whose attribute it is and its name, in single spaces."""
    words = [line.split() for line in text.splitlines()]
    return {" ".join(line[:2]): " ".join(line[2:]) for line in words}


def again_as_erp(old: str, new: str) -> str:
    """Give the mapping as that of another source, with one thing changed."""
    return CRM.replace("crm", "erp").replace("CRM", "ERP").replace(old, new)


def test_each_attribute_says_who_writes_it_and_what_stands_against_it(
    bridge: Bridge, intercom: Sandbox
) -> None:
    """One line each; a contradiction ends with 1."""
    plant(intercom, ("contact", "seats", "string"), ("contact", "gone", "string"))
    plant(intercom, ("contact", "tier", "string"), ("contact", "Plan", "string"))
    archive(intercom, "gone")
    said = bridge("attributes")
    told = lines(said.out)
    assert said.code == 1
    assert told["contact seats"].startswith("string crm type differs: crm says integer")
    assert "archived: its values are left out" in told["contact gone"]
    assert told["contact plan"] == "string crm missing: will be created"
    assert told["contact Plan"] == "string no mapping writes it"
    assert told["company tier"].startswith("string crm people have or get this name")
    assert "payloads name contact attributes, at most 5 are created" in said.out


def test_what_is_missing_is_created_beforehand(
    bridge: Bridge, intercom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the types of the mappings, and only where that is agreed to."""
    assert bridge("attributes").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert bridge("attributes", "--create").code == 1
    assert seeds.held(intercom)["attributes"] == []
    said = bridge("attributes", "--create", "--yes")
    assert said.code == 0
    assert "missing" not in said.out
    made = {(one["model"], one["name"], one["data_type"]) for one in _held(intercom)}
    assert made == {
        ("contact", "plan", "string"),
        ("contact", "seats", "integer"),
        ("contact", "gone", "string"),
        ("company", "tier", "string"),
    }


def _held(state: Sandbox) -> list[dict[str, str]]:
    held: list[dict[str, str]] = seeds.held(state)["attributes"]
    return held


def test_a_dry_run_creates_nothing(
    bridge: Bridge, intercom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so."""
    monkeypatch.setenv("BRIDGE_DRY_RUN", "1")
    said = bridge("attributes", "--create", "--yes")
    assert (said.code, _held(intercom)) == (1, [])
    assert "dry run" in said.err


def test_json_tells_all_of_it(bridge: Bridge, intercom: Sandbox) -> None:
    """For programs."""
    plant(intercom, ("contact", "seats", "integer"))
    told = bridge("attributes", "--json").json
    [seats] = [one for one in told["attributes"] if one["name"] == "seats"]
    assert (seats["exists"], seats["type"], seats["trouble"]) == (True, "integer", "")
    [place] = seats["written"]
    assert (place["source"], place["type"]) == ("crm", "integer")
    assert told["payloads"][0]["at_most"] == 5


def test_without_a_token_it_says_what_to_set(bridge: Bridge) -> None:
    """Nothing can be read."""
    said = bridge("attributes")
    assert said.code == 1
    assert "INTERCOM_ACCESS_TOKEN" in said.err


def test_one_name_for_people_and_companies_is_a_problem_of_check(
    bridge: Bridge, here: Path, crm: Path
) -> None:
    """With both places, also across files, and for whichever of the two is checked."""
    other = again_as_erp("          tier:", "          plan:")
    (here / "mappings" / "erp.yaml").write_text(other)
    for source in ("crm", "erp"):
        said = bridge("check", source)
        assert said.code == 1
        [told] = [line for line in said.out.splitlines() if "`plan` is written for" in line]
        assert told.startswith(f"mappings/{source}.yaml:")
        assert "mappings/erp.yaml:" in told


def test_two_types_for_one_attribute_are_a_remark_of_check(
    bridge: Bridge, here: Path, crm: Path
) -> None:
    """Whichever comes first to Intercom decides for good."""
    other = again_as_erp("seats: integer", "seats: string")
    (here / "mappings" / "erp.yaml").write_text(other)
    said = bridge("check", "erp")
    assert "`seats` is string here and integer in" in said.out
