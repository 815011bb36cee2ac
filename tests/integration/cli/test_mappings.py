"""`bridge check` and `bridge preview`: what the mappings say, with places an editor jumps to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Bridge

EXAMPLE = """\
title: A customer
send:
  payload:
    id: e1
    type: customer.new
    at: 1735689600
    customer: c1
    name: Ada
outcome: {outcome}
calls:
  - call: GET /contacts/find_by_external_id/c1
  - call: POST /contacts
"""


@pytest.fixture
def example(here: Path) -> Path:
    """Write an example that holds, and give its file."""
    folder = here / "mappings" / "shop"
    folder.mkdir()
    file = folder / "new.yaml"
    file.write_text(EXAMPLE.format(outcome="done"))
    return file


def test_what_holds_is_counted(bridge: Bridge, example: Path) -> None:
    """Mappings, examples, that nothing is wrong, and which route nobody has tried."""
    said = bridge("check")
    remark, count = said.out.splitlines()
    assert count == "2 mappings, 1 example: 0 problems, 1 remark"
    assert remark.startswith("mappings/pipe.yaml:")
    assert "example" in remark
    assert (said.code, said.err) == (0, "")


def test_a_route_tried_by_a_form_is_not_remarked_on(
    bridge: Bridge, example: Path, here: Path
) -> None:
    """Examples are read as the receiver reads them, not only as JSON."""
    folder = here / "mappings" / "pipe"
    folder.mkdir()
    (folder / "form.yaml").write_text(
        "title: A form\nsend:\n  body: id=f1&email=ada%40example.com\n"
        "  type: application/x-www-form-urlencoded\n  headers:\n    X-Topic: sent\n"
    )
    said = bridge("check")
    assert said.out == "2 mappings, 2 examples: 0 problems, 0 remarks\n"


def test_an_example_that_does_not_hold_is_a_problem(bridge: Bridge, example: Path) -> None:
    """With its file, what was expected and what it is."""
    example.write_text(EXAMPLE.format(outcome="failed"))
    said = bridge("check", "shop")
    assert said.code == 1
    first = said.out.splitlines()[0]
    assert re.match(r"mappings/shop/new\.yaml:\d+:\d+: .*expected failed, it is done", first)


def test_a_mapping_that_calls_again_for_the_same_facts_is_remarked_on(
    bridge: Bridge, example: Path, here: Path
) -> None:
    """What says when it was told, instead of how things are, differs each time."""
    shop = here / "mappings" / "shop.yaml"
    shop.write_text(shop.read_text().replace("=body.phone", "=event.id"))
    said = bridge("check", "shop")
    assert said.code == 0
    assert "the same facts under a new event id lead to calls: PUT /contacts/" in said.out


def test_every_problem_of_every_file_is_told(bridge: Bridge, example: Path, here: Path) -> None:
    """In mappings and examples, at once, as file:line:column."""
    example.write_text("titel: x\n")
    pipe = here / "mappings" / "pipe.yaml"
    pipe.write_text(pipe.read_text() + "rout: 1\n")
    said = bridge("check", "--json")
    assert said.code == 1
    problems = said.json["problems"]
    assert any(re.match(r"mappings/pipe\.yaml:\d+:1: ", one) for one in problems)
    assert any(one.startswith("mappings/shop/new.yaml:1:1: ") for one in problems)


def test_parameters_that_do_not_fit_their_scheme_are_a_problem(
    bridge: Bridge, example: Path, here: Path
) -> None:
    """At the place of `verify`; else the receiver alone would find them, when it is too late."""
    shop = here / "mappings/shop.yaml"
    shop.write_text(shop.read_text().replace("X-Shop-Time", "''"))
    said = bridge("check", "shop")
    assert said.code == 1
    assert "mappings/shop.yaml:4:3: `verify`: ts_header: " in said.out


def test_one_source_is_checked_alone(bridge: Bridge, example: Path, here: Path) -> None:
    """Another's problems are not its own."""
    (here / "mappings" / "pipe.yaml").write_text("nonsense: 1\n")
    assert bridge("check", "shop").code == 0
    assert bridge("check", "pipe").code == 1
    unknown = bridge("check", "shopp")
    assert unknown.code == 1
    assert "there are: pipe, shop" in unknown.err


def test_a_folder_that_is_not_there_is_a_problem(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not zero mappings and all well."""
    monkeypatch.setenv("BRIDGE_MAPPINGS", "nowhere")
    said = bridge("check")
    assert said.code == 1
    assert "nowhere" in said.out


def test_a_preview_shows_what_a_payload_becomes(bridge: Bridge, here: Path) -> None:
    """Without a database, a secret or Intercom."""
    fact = {"id": "e1", "type": "customer.new", "customer": "c1", "name": "Zoë"}
    (here / "fact.json").write_text(json.dumps(fact))
    said = bridge("preview", "shop", "fact.json")
    assert (said.code, said.err) == (0, "")
    for line in (
        "route    customer.*",
        "  match     external_id = c1",
        '  set       name = "Zoë"',
    ):
        assert line in said.out.splitlines()
    assert not list(here.glob("*.db"))
    (told,) = bridge("preview", "shop", "fact.json", "--json").json
    assert told["event"]["id"] == "e1"
    assert told["people"][0]["set"] == {"name": "Zoë"}


def test_a_payload_that_no_route_takes_is_said_to_be_skipped(bridge: Bridge, here: Path) -> None:
    """With the reason."""
    (here / "fact.json").write_text('{"id": "e1", "type": "order.new", "customer": "c1"}')
    assert "skipped: " in bridge("preview", "shop", "fact.json").out


def test_a_preview_of_what_cannot_be_read_says_where(bridge: Bridge, here: Path) -> None:
    """Not a traceback."""
    (here / "fact.json").write_text('{"id": ')
    said = bridge("preview", "shop", "fact.json")
    assert said.code == 1
    assert said.err.startswith("bridge: the body is not JSON")
