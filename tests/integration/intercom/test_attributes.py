"""The registry of data attributes over the sandbox."""

import pytest

from bridge.errors import IntercomRefused
from bridge.intercom import calls
from bridge.intercom.attributes import Attribute, Attributes


def reads(state):
    return [each.path for each in state.journal.latest(99) if each.method == "GET"]


def test_each_model_is_read_once(client, state):
    """However many names are asked for, missing ones included."""
    calls.create_attribute(client, "plan", "contact", "string")
    calls.create_attribute(client, "size", "company", "options", options=("s", "l"))
    known = Attributes(client)
    for _ in range(3):
        assert known.get("contact", "plan") == Attribute("contact", "plan", "string")
        assert known.get("contact", "size") is None
        assert known.get("contact", "email") is None
        company = known.get("company", "size")
        assert company is not None
        assert company.options == ("s", "l")
    assert len(reads(state)) == 2


def test_nothing_is_read_before_it_is_needed(client, state):
    """A client may be made on demand."""
    known = Attributes(lambda: client)
    assert reads(state) == []
    assert known.get("contact", "plan") is None
    assert len(reads(state)) == 1


def test_a_created_attribute_is_known_at_once(client, state):
    """Through the client that is given, so that the call is recorded where it belongs."""
    told = []
    known = Attributes(client)
    made = known.create(client.recording(told.append), "contact", "seats", "integer")
    assert made.data_type == "integer"
    assert known.get("contact", "seats") == made
    assert [answer.call.name for answer in told] == ["create data attribute"]
    assert len(reads(state)) == 1


def test_an_attribute_made_by_another_is_taken(client):
    """Two workers may meet the same new name."""
    known = Attributes(client)
    assert known.get("contact", "seats") is None
    calls.create_attribute(client, "seats", "contact", "float")
    assert known.create(client, "contact", "seats", "integer").data_type == "float"


def test_a_name_of_the_other_model_is_refused(client):
    """Intercom's words reach the operator."""
    calls.create_attribute(client, "seats", "company", "float")
    with pytest.raises(IntercomRefused, match="in your company data"):
        Attributes(client).create(client, "contact", "seats", "integer")


def test_the_registry_can_be_read_again(client):
    """After someone changed it at Intercom."""
    known = Attributes(client)
    assert known.get("contact", "plan") is None
    calls.create_attribute(client, "plan", "contact", "string")
    known.refresh(client, "contact")
    assert known.get("contact", "plan") is not None
