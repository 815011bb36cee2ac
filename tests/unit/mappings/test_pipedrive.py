"""What Pipedrive's mapping promises beyond its examples."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.mapping.examples import load_examples
from bridge.model import Json, Mapped
from tests.unit.mappings.conftest import shipped

Make = Callable[[str, Json], tuple[Any, Mapped]]


def payload(file: str) -> dict[str, Any]:
    found = [
        one.payload for one in load_examples(shipped("pipedrive")) if Path(one.path).stem == file
    ]
    sent: dict[str, Any] = copy.deepcopy(found[0])
    return sent


def test_an_event_sent_again_is_the_same_event(make: Make) -> None:
    """Pipedrive tries four times, and counts the attempts in the body."""
    first, again = payload("person-created"), payload("person-created")
    again["meta"]["attempt"] = 2
    assert make("pipedrive", first)[0].key == make("pipedrive", again)[0].key


@pytest.mark.parametrize(
    ("emails", "taken"),
    [
        ([{"value": "b@x.example", "primary": False}, {"value": "a@x.example", "primary": True}],
         "a@x.example"),
        ([{"value": "b@x.example"}], "b@x.example"),
    ],
)  # fmt: skip
def test_the_primary_address_counts_wherever_it_stands(
    make: Make, emails: Json, taken: str
) -> None:
    """Where none is called primary the first does."""
    body = payload("person-created")
    body["data"]["emails"] = emails
    [contact] = make("pipedrive", body)[1].people
    assert [one.value for one in contact.match] == ["512", taken]


def test_a_deletion_is_told_by_what_was_there_before(make: Make) -> None:
    """`data` is null then."""
    event, mapped = make("pipedrive", payload("person-deleted"))
    [contact] = mapped.people
    assert (event.type, event.subject) == ("delete.person", "person 512")
    assert (contact.match[0].value, contact.unlink) == ("512", ("pipedrive_person",))


@pytest.mark.parametrize(
    ("status", "before", "told"),
    [
        ("won", {"status": "open"}, ["Deal won"]),
        ("lost", {"status": "open"}, ["Deal lost"]),
        ("open", {"status": "lost"}, []),
        ("won", {"title": "Old title"}, []),
    ],
)
def test_a_deal_is_told_only_when_its_status_changes(
    make: Make, status: str, before: Json, told: list[str]
) -> None:
    """A change of the title of a deal that was won long ago is no news."""
    body = payload("deal-won")
    body["data"]["status"], body["previous"] = status, before
    assert [one.name for one in make("pipedrive", body)[1].tracks] == told


def test_an_amount_is_in_whole_units_of_its_currency(make: Make) -> None:
    """Pipedrive tells euros, not cents; yen have no cents."""
    body = payload("deal-won")
    body["data"].update(value=120000, currency="JPY")
    _, mapped = make("pipedrive", body)
    assert mapped.companies[0].set["custom_attributes.deal_amount"] == 120000
    assert mapped.tracks[0].metadata["value"] == {"amount": 120000, "currency": "jpy"}


@pytest.mark.parametrize("file", ["organization-created", "person-created", "deal-created"])
def test_without_an_id_no_company_is_made_up(make: Make, file: str) -> None:
    """The prefix alone is no id."""
    body = payload(file)
    body["data"].update(id=None, org_id=None)
    assert [one.match for one in make("pipedrive", body)[1].companies if one.match] == []
