"""What Clerk's mapping promises beyond its examples."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.model import Identifier, Json, Mapped, Receipt
from tests.unit.mappings.conftest import RECEIVED, shipped

CAPTURED = Path(__file__).parents[4] / "shared" / "payloads" / "clerk" / "user.created.json"

Make = Callable[[str, Json], tuple[Any, Mapped]]


def test_a_user_as_clerk_sends_it_is_mapped_without_a_remark(make: Make) -> None:
    """The sample of Clerk's own catalogue: empty lists, an external_id, a time in the data only."""
    if not CAPTURED.exists():
        pytest.skip(f"the captured payloads are not here: {CAPTURED}")
    event, mapped = make("clerk", json.loads(CAPTURED.read_bytes()))
    [user] = mapped.people
    assert (event.time, event.subject) == (1654012591835_000, "user_29w83sxmDNGwOuEthce5gg56FcC")
    assert (event.notes, mapped.warnings) == ((), ())
    assert user.match == (
        Identifier("external_id", "567772"),
        Identifier("clerk_user", "user_29w83sxmDNGwOuEthce5gg56FcC"),
        Identifier("email", "example@example.org"),
    )
    assert user.set["name"] == "Example Example"
    assert user.set["signed_up_at"] == 1654012591


def test_a_delivery_is_known_again_by_its_svix_id() -> None:
    """The body has no id of its own, and the same body may be two events."""
    body = {"type": "user.updated", "data": {"id": "user_1"}, "timestamp": 1756715398130}
    headers = [("svix-id", "msg_1"), ("svix-timestamp", "1756715398")]
    receipt = Receipt("clerk", RECEIVED, headers, {}, json.dumps(body).encode())
    [event] = shipped("clerk").read(body, receipt)
    assert event.key == "msg_1"


@pytest.mark.parametrize("addresses", [None, [], [{"id": "idn_2", "email_address": "a@b.example"}]])
def test_no_address_is_taken_where_none_is_primary_and_verified(
    make: Make, addresses: Json
) -> None:
    """The user is made by id alone."""
    data = {"id": "user_1", "primary_email_address_id": "idn_1", "email_addresses": addresses}
    _, mapped = make("clerk", {"type": "user.created", "data": data})
    [user] = mapped.people
    assert [one.name for one in user.match] == ["external_id", "clerk_user"]
    assert "email" not in user.set
    assert mapped.warnings == ()


def test_events_of_a_user_and_of_the_membership_keep_one_order(make: Make) -> None:
    """Both are told of the user, so that joining and leaving cannot overtake each other."""
    data = {"public_user_data": {"user_id": "user_1"}, "organization": {"id": "org_1"}}
    membership, _ = make("clerk", {"type": "organizationMembership.created", "data": data})
    user, _ = make("clerk", {"type": "user.updated", "data": {"id": "user_1"}})
    assert membership.subject == user.subject == "user_1"
