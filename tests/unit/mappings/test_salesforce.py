"""What Salesforce's mapping promises beyond its examples."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bridge.mapping.examples import load_examples
from bridge.mapping.lint import receipt_of
from bridge.mapping.load import load_mapping
from bridge.sources.schemes import PARAMETERS
from bridge.sources.xml import read_xml
from tests.unit.mappings.conftest import MAPPINGS, shipped

OURS, PLACEHOLDER = "00D5Y000001qXyZUAU", "00D000000000000EAA"


@pytest.mark.parametrize(("organization", "skipped"), [(OURS, False), (PLACEHOLDER, True)])
def test_another_organization_is_skipped_once_ours_is_written_down(
    organization: str, skipped: bool, tmp_path: Path
) -> None:
    """The line is in the mapping, to be filled in."""
    text = (MAPPINGS / "salesforce.yaml").read_text()
    path = tmp_path / "salesforce.yaml"
    path.write_text(text.replace("# when: body", "when: body").replace(PLACEHOLDER, organization))
    mapping = load_mapping(path, schemes=PARAMETERS)
    receipt = receipt_of(load_examples(shipped("salesforce"))[0])
    events = mapping.read(read_xml(receipt.body), receipt)
    assert [bool(one.skip) for one in events] == [skipped] * len(events)


def test_a_batch_is_acknowledged_as_a_whole_in_soap() -> None:
    """What Salesforce's own description asks for: one Ack, true."""
    ack = shipped("salesforce").reception.ack
    assert ack is not None
    assert (ack.status, ack.type) == (200, "text/xml")
    told = read_xml(ack.body.encode())
    assert told["Envelope"]["Body"] == {"notificationsResponse": {"Ack": "true"}}
    found = ElementTree.fromstring(ack.body).find(".//{http://soap.sforce.com/2005/09/outbound}Ack")
    assert found is not None
    assert found.text == "true"
