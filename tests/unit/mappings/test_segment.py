"""What the mappings of Segment and RudderStack promise beyond their examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Identifier, Json, Mapped, Receipt
from tests.unit.mappings.conftest import MAPPINGS, RECEIVED, shipped

Make = Callable[[str, Json], tuple[Any, Mapped]]

BASE = {"messageId": "m-1", "timestamp": "2025-09-01T08:30:00Z", "anonymousId": "anon-1"}


@pytest.fixture
def segment(make: Make) -> Callable[..., Mapped]:
    """Map a message of Segment."""

    def mapped(**told: Json) -> Mapped:
        return make("segment", {**BASE, **told})[1]

    return mapped


def test_rudderstack_is_read_as_segment_is() -> None:
    """Both send the same messages; only who proves it how differs."""

    def below(source: str) -> str:
        text = Path(MAPPINGS / f"{source}.yaml").read_text()
        return text[text.index("\nevent:") :]

    assert below("rudderstack") == below("segment")


@pytest.mark.parametrize(
    ("integrations", "wanted"),
    [
        ({}, True),
        ({"All": True}, True),
        ({"Intercom": {"user_hash": "x"}}, True),
        ({"Intercom": False}, False),
        ({"All": False}, False),
        ({"All": False, "Intercom": True}, True),
        ({"All": True, "Intercom": False}, False),
        ({"All": False, "Mixpanel": True}, False),
        (None, True),
    ],
)
def test_calls_that_tracking_keeps_from_intercom_are_skipped(
    integrations: Json, wanted: bool
) -> None:
    """As the destination reads the integrations object."""
    body = {**BASE, "type": "identify", "userId": "u1", "integrations": integrations}
    [event] = shipped("segment").read(body, Receipt("segment", RECEIVED, [], {}, b""))
    assert (event.skip is None) is wanted


@pytest.mark.parametrize(
    ("traits", "name"),
    [
        ({"name": "Iris Bakker", "firstName": "I."}, "Iris Bakker"),
        ({"firstName": "Iris", "lastName": "Bakker"}, "Iris Bakker"),
        ({"firstname": "Iris"}, "Iris"),
        ({"first_name": "Iris", "last_name": "Bakker"}, "Iris Bakker"),
        ({}, None),
    ],
)
def test_a_name_is_read_in_every_spelling(
    segment: Callable[..., Mapped], traits: dict[str, Json], name: str | None
) -> None:
    """Those of both destinations."""
    [person] = segment(type="identify", userId="u1", traits=traits).people
    assert person.set.get("name") == name


def test_all_other_traits_are_passed_through(segment: Callable[..., Mapped]) -> None:
    """Nested ones flattened; reserved names and excluded beginnings apart."""
    traits = {
        "email": "iris@example.com",
        "id": "u1",
        "role": "admin",
        "password": "secret",
        "company": {"id": "polder"},
        "$os": "Linux",
        "_hidden": 1,
        "address": {"city": "Utrecht", "geo": {"zone": "NL-UT"}},
        "tags": ["a", "b"],
        "seats": 3,
        "score": 1.5,
        "beta": True,
    }
    [person] = segment(type="identify", userId="u1", traits=traits).people
    given = {name: one for name, one in person.set.items() if name.startswith("custom_")}
    assert given == {
        "custom_attributes.address_city": "Utrecht",
        "custom_attributes.address_geo_zone": "NL-UT",
        "custom_attributes.tags": "a, b",
        "custom_attributes.seats": 3,
        "custom_attributes.score": 1.5,
        "custom_attributes.beta": True,
    }
    assert person.policy.payload_attributes == 50


@pytest.mark.parametrize(
    ("company", "ids"),
    [
        (None, []),
        ({"id": 7, "name": "Polder"}, ["7"]),
        ({"name": "Acme"}, ["79d894520f4f94c267986a819e110bec"]),
        ("Acme", ["79d894520f4f94c267986a819e110bec"]),
        ({"employees": 4}, []),
    ],
)
def test_a_company_is_known_by_id_or_by_what_rudderstack_made_of_its_name(
    segment: Callable[..., Mapped], company: Json, ids: list[str]
) -> None:
    """One without both is none."""
    mapped = segment(type="identify", userId="u1", traits={"company": company})
    assert [one.match[0].value for one in mapped.companies] == ids
    assert mapped.warnings == ()


def test_an_email_in_the_properties_of_a_user_is_somebody_elses(
    segment: Callable[..., Mapped],
) -> None:
    """An invitation names whom it is for; the one who invited is known by the userId alone."""
    told = {"event": "Invite Sent", "properties": {"email": "new@example.com"}}
    [person] = segment(type="track", userId="u1", **told).people
    assert person.match == (Identifier("external_id", "u1"),)
    [person] = segment(type="track", **told).people
    assert person.match == (Identifier("email", "new@example.com"),)


def test_a_browser_counts_only_without_an_account(segment: Callable[..., Mapped]) -> None:
    """Two people at one computer are not taken for one."""
    [user] = segment(type="identify", userId="u1", traits={"email": "a@example.com"}).people
    assert [one.name for one in user.match] == ["external_id", "email"]
    [lead] = segment(type="identify", traits={"email": "a@example.com"}).people
    assert [one.name for one in lead.match] == ["segment_anonymous", "email"]


@pytest.mark.parametrize("kind", ["identify", "track"])
def test_calls_of_nobody_are_skipped(segment: Callable[..., Mapped], kind: str) -> None:
    """A browser alone is no contact; most calls are of such."""
    assert "no route" in (segment(type=kind, event="Signed In").skipped or "")


def test_the_traits_of_a_person_are_never_those_of_the_group(
    segment: Callable[..., Mapped],
) -> None:
    """RudderStack sends the person's beside every call."""
    context = {"traits": {"name": "Iris Bakker", "email": "iris@example.com"}}
    mapped = segment(type="group", userId="u1", groupId="polder", context=context)
    assert mapped.companies[0].set == {}
