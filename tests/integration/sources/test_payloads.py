"""Real payloads, not made by us, go through the whole bridge and end as they should."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bridge import config
from bridge.app import sources
from bridge.app.rehearsal import rehearse
from bridge.mapping.mapping import Mapping

ROOT = Path(__file__).parents[3]
PAYLOADS = ROOT.parent / "shared" / "payloads"
TABLE: dict[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("payloads.yaml").read_text()
)
CATALOGUE = sources.load(config.read({"BRIDGE_MAPPINGS": str(ROOT / "mappings")}))
FOLDERS = {"html_form": "form"}
"""Where the folder of payloads is not named like the source."""
REFUSED = "refused"
"""What ends in no state, because it is not accepted."""

TYPES = {".json": "application/json", ".xml": "text/xml", ".txt": "text/plain"}

needs_payloads = pytest.mark.skipif(not PAYLOADS.is_dir(), reason=f"{PAYLOADS} is not here")


def headers_of(file: Path) -> dict[str, str]:
    beside = file.with_suffix(".headers.json")
    given = json.loads(beside.read_text()) if beside.exists() else {}
    named = {name.title(): value for name, value in given.items()}
    site = {"Origin": "https://www.example.com"}  # where the forms are said to stand
    return {"Content-Type": TYPES.get(file.suffix, "application/json"), **site, **named}


def example_of(path: str, ending: str) -> str:
    """Write a payload down as an example document, so that it is tried like one."""
    state, _, reason = ending.replace(REFUSED, "done").partition(" ")
    file = PAYLOADS / path
    document = {
        "title": path,
        "send": {"body": file.read_bytes().decode(), "headers": headers_of(file)},
        "outcome": state,
        **({"reason": reason} if reason else {}),
    }
    return json.dumps(document)


@needs_payloads
@pytest.mark.parametrize("source", sorted(TABLE))
def test_a_real_payload_ends_as_written_down(source: str, tmp_path: Path) -> None:
    """Signed, received, mapped and applied to a sandbox that knows nobody."""
    folder = tmp_path / source
    folder.mkdir()
    for number, (path, ending) in enumerate(TABLE[source].items()):
        (folder / f"{number:02}.yaml").write_text(example_of(path, ending))
    mapping: Mapping = replace(CATALOGUE.mappings[source], path=str(tmp_path / "mapping.yaml"))
    verdicts = list(rehearse(mapping, config.read({})))
    assert len(verdicts) == len(TABLE[source])
    refused = {path for path, ending in TABLE[source].items() if ending == REFUSED}
    wrong = {one.example.title: one.differences for one in verdicts if one.differences}
    assert wrong == dict.fromkeys(refused, ("it was not accepted",))


@needs_payloads
def test_no_payload_of_a_shipped_source_is_left_out() -> None:
    """A source that ships brings a line for each: tests/integration/sources/payloads.yaml."""
    there = {
        f"{file.parent.name}/{file.name}"
        for file in PAYLOADS.glob("*/*.*")
        if FOLDERS.get(file.parent.name, file.parent.name) in CATALOGUE.mappings
        and not file.name.endswith(".headers.json")
        and file.name != "ack.xml"  # what Salesforce gets, not what it sends
    }
    assert there - {path for lines in TABLE.values() for path in lines} == set()
