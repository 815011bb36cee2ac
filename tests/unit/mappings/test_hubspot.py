"""What HubSpot's mapping promises beyond its examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge import config
from bridge.app import sources
from bridge.mapping.lint import mapped
from bridge.model import Identifier, Json, Mapped, Receipt
from bridge.web.endpoint import endpoints
from tests.unit.mappings.conftest import MAPPINGS, RECEIVED, shipped


def item(**more: Any) -> dict[str, Any]:
    told = {
        "eventId": 100,
        "subscriptionId": 2881778,
        "portalId": 44237,
        "occurredAt": 1731612159499,
        "subscriptionType": "contact.propertyChange",
        "attemptNumber": 0,
        "objectId": 123,
        "propertyName": "phone",
        "propertyValue": "+1 555 0100",
    }
    return told | more


def made(*items: Json) -> list[tuple[str, str, Mapped]]:
    """Give key, type and Changes of each event of a request."""
    body = list(items)
    receipt = Receipt("hubspot", RECEIVED, [], {}, json.dumps(body).encode())
    mapping = shipped("hubspot")
    return [
        (one.key, one.type, mapped(mapping, body, one, receipt))
        for one in mapping.read(body, receipt, apply_tests=True)
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"subscriptionId": 2},
        {"portalId": 2},
        {"objectId": 2},
        {"occurredAt": 1731612159500},
        {"propertyName": "city"},
        {"fromObjectId": 1, "toObjectId": 2},
    ],
)
def test_an_event_id_that_comes_twice_loses_nothing(other: dict[str, Any]) -> None:
    """HubSpot says that eventId is not unique: what differs in anything else is another event."""
    keys = [key for key, _, _ in made(item(), item(**other))]
    assert keys[0] != keys[1]


def test_a_delivery_tried_again_is_the_same_event() -> None:
    """The number of the attempt is no part of what happened."""
    assert made(item())[0][0] == made(item(attemptNumber=3))[0][0]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"subscriptionType": "object.creation", "objectTypeId": "0-1"}, "contact.creation"),
        ({"subscriptionType": "object.deletion", "objectTypeId": "0-2"}, "company.deletion"),
        ({"subscriptionType": "object.creation", "objectTypeId": "2-77"}, "object.creation"),
        ({"subscriptionType": "deal.creation"}, "deal.creation"),
    ],
)
def test_newer_apps_mean_the_same_by_other_words(told: dict[str, Any], kind: str) -> None:
    """`object.creation` of kind 0-1 is a new contact; an unknown kind has no route."""
    assert made(item(**told))[0][1] == kind


def test_a_change_touches_its_own_field_alone() -> None:
    """Its value is text, and empty text empties the field."""
    _, _, change = made(item(propertyName="jobtitle", propertyValue=""))[0]
    assert dict(change.people[0].set) == {"custom_attributes.job_title": None}


def test_a_merge_names_every_id_the_person_ever_had() -> None:
    """The new one first."""
    merge = item(
        subscriptionType="contact.merge",
        objectId=9,
        newObjectId=9,
        primaryObjectId=1,
        mergedObjectIds=[2, 3],
    )
    _, _, change = made(merge)[0]
    assert change.people[0].match == tuple(
        Identifier("hubspot_contact", value) for value in ("9", "1", "2", "3")
    )


def test_without_the_public_address_nothing_can_be_verified() -> None:
    """HubSpot signs the address: the source answers 503 and says what to set."""
    secrets = {"BRIDGE_MAPPINGS": str(MAPPINGS), "HUBSPOT_CLIENT_SECRET": "s" * 32}
    catalogue = sources.load(config.read(secrets))

    def problem(url: str) -> str:
        return endpoints(catalogue, secrets, max_body=1, public_url=url)["hubspot"].problem

    assert "BRIDGE_PUBLIC_URL" in problem("")
    assert problem("https://bridge.example") == ""


def test_only_signatures_that_prove_the_time_count() -> None:
    """Version 3; those of versions 1 and 2 could be replayed for ever."""
    assert shipped("hubspot").verification.scheme == "hubspot"
