"""The sandbox's people behave as the live API was recorded to."""

from dataclasses import replace

import pytest

from bridge.intercom.sandbox import Rules, Sandbox, contacts, held_contact, plant_contact
from bridge.intercom.sandbox.model import Refusal

NOW = (2, 16)
BEFORE = (2, 15)


@pytest.fixture
def state():
    return Sandbox(clock=lambda: 1_700_000_000_000_000)


def refused(act, *args):
    with pytest.raises(Refusal) as caught:
        act(*args)
    return caught.value


def user(state, **fields):
    return contacts.create(state, {"role": "user", **fields})


def test_a_lead_cannot_be_given_an_external_id(state):
    """The field is passed over; Intercom makes one up."""
    lead = contacts.create(state, {"role": "lead", "external_id": "u1", "email": "a@example.com"})
    assert lead.external_id != "u1"
    changed = contacts.update(state, lead.id, {"external_id": "u1", "name": "A"}, NOW)
    assert (changed.external_id, changed.name) == (lead.external_id, "A")


def test_a_lead_becomes_a_user_by_its_role(state):
    """Role and identifier in one PUT promote it under the same id."""
    lead = contacts.create(state, {"role": "lead"})
    promoted = contacts.update(state, lead.id, {"role": "user", "external_id": "u1"}, NOW)
    assert (promoted.id, promoted.role, promoted.external_id) == (lead.id, "user", "u1")


def test_a_promoted_lead_loses_the_id_intercom_made_up(state):
    """What was not ours is not kept as an external id."""
    lead = contacts.create(state, {"role": "lead", "email": "a@example.com"})
    assert contacts.update(state, lead.id, {"role": "user"}, NOW).external_id is None


def test_a_lead_without_identifier_cannot_become_a_user(state):
    """A user needs an external id or an address."""
    lead = contacts.create(state, {"role": "lead"})
    assert refused(contacts.update, state, lead.id, {"role": "user"}, NOW).status == 400


def test_a_user_cannot_become_a_lead(state):
    """The refusal is the one that was recorded."""
    someone = user(state, external_id="u1")
    refusal = refused(contacts.update, state, someone.id, {"role": "lead"}, NOW)
    assert (refusal.status, refusal.code) == (400, "client_error")
    assert refusal.message == "Contact with user role can't be converted to a lead"


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        ("live", "A contact matching those details already exists with id={}"),
        ("archived", "An archived contact matching those details already exists with id={}"),
        ("deleted", "An archived contact matching those details already exists with id={}"),
    ],
)
def test_an_external_id_is_taken_once_for_ever(state, standing, text):
    """Live, archived and even deleted users keep theirs, and the message names them."""
    someone = user(state, external_id="u1", email="a@example.com")
    state.put(replace(someone, standing=standing))
    refusal = refused(lambda: user(state, external_id="u1", email="b@example.com"))
    assert (refusal.status, refusal.code) == (409, "conflict")
    assert refusal.message == text.format(someone.id)


def test_an_address_conflicts_only_for_users_known_by_nothing_else(state):
    """Two users may share an address when the new one has an external id."""
    user(state, external_id="u1", email="A@example.com")
    user(state, external_id="u2", email="a@example.com")
    assert refused(lambda: user(state, email="a@EXAMPLE.com")).status == 409


def test_an_address_can_be_made_to_conflict_always():
    """The stricter reading of Intercom's texts is one switch away."""
    state = Sandbox(rules=Rules(email_conflict="always"))
    user(state, external_id="u1", email="a@example.com")
    assert refused(lambda: user(state, external_id="u2", email="a@example.com")).status == 409


def test_leads_are_never_in_conflict(state):
    """The same lead created twice is two leads."""
    user(state, external_id="u1", email="a@example.com")
    twins = [contacts.create(state, {"role": "lead", "email": "a@example.com"}) for _ in range(2)]
    assert twins[0].id != twins[1].id


def test_an_update_cannot_take_a_live_users_external_id(state):
    """But what an archived user had may be taken over, as recorded."""
    rival, someone = user(state, external_id="u1"), user(state, external_id="u2")
    assert refused(contacts.update, state, someone.id, {"external_id": "u1"}, NOW).status == 409
    contacts.archive(state, rival.id)
    assert contacts.update(state, someone.id, {"external_id": "u1"}, NOW).external_id == "u1"


def test_an_archived_contact_is_hidden_until_it_comes_back(state):
    """Reads and searches do not see it; its id brings it back with its fields."""
    someone = user(state, external_id="u1", name="Ada")
    contacts.archive(state, someone.id)
    refusal = refused(contacts.live, state, someone.id, NOW)
    assert (refusal.status, refusal.code, refusal.message) == (404, "not_found", "User Not Found")
    assert list(state.searchable()) == []
    assert refused(contacts.by_external_id, state, "u1", NOW).status == 404
    assert contacts.unarchive(state, someone.id).name == "Ada"


@pytest.mark.parametrize(("rule", "status"), [("refuse", 400), ("fault", 500)])
def test_a_deleted_contact_does_not_come_back(rule, status):
    """Both answers were recorded, months apart."""
    state = Sandbox(rules=Rules(unarchive_deleted=rule))
    someone = user(state, external_id="u1")
    contacts.delete(state, someone.id)
    assert refused(contacts.unarchive, state, someone.id).status == status


def test_unarchiving_can_be_made_to_fail():
    """A switch for trying what the bridge does then."""
    state = Sandbox(rules=Rules(fail_unarchive=True))
    someone = contacts.archive(state, user(state, external_id="u1").id)
    assert refused(contacts.unarchive, state, someone.id).status == 400


def test_a_merged_lead_points_to_its_user(state):
    """Since 2.16 it is gone with a Link, before it was just not found."""
    lead = contacts.create(state, {"role": "lead", "email": "a@example.com", "phone": "+1"})
    someone = user(state, external_id="u1", email="a@example.com")
    joined = contacts.merge(state, {"from": lead.id, "into": someone.id}, NOW)
    assert joined.phone == "+1"
    refusal = refused(contacts.live, state, lead.id, NOW)
    assert (refusal.status, refusal.code) == (410, "contact_merged")
    assert refusal.headers["Link"] == f'</contacts/{someone.id}>; rel="canonical"'
    assert refused(contacts.live, state, lead.id, BEFORE).status == 404


def test_only_duplicates_are_merged_unless_told_otherwise(state):
    """Since 2.16 neither address nor phone in common is refused."""
    lead, someone = contacts.create(state, {"role": "lead"}), user(state, external_id="u1")
    pair = {"from": lead.id, "into": someone.id}
    assert refused(contacts.merge, state, pair, NOW).code == "invalid_merge"
    contacts.merge(state, pair | {"skip_duplicate_validation": True}, NOW)


def test_users_are_not_merged(state):
    """Only a lead goes into a user."""
    first, second = user(state, external_id="u1"), user(state, external_id="u2")
    pair = {"from": first.id, "into": second.id, "skip_duplicate_validation": True}
    assert refused(contacts.merge, state, pair, NOW).status == 400


def test_an_unknown_attribute_refuses_the_whole_contact(state):
    """Nothing of the body is kept."""
    refusal = refused(lambda: user(state, external_id="u1", custom_attributes={"x": 1}))
    assert (refusal.status, refusal.code) == (400, "parameter_invalid")
    assert refusal.message == "Custom attribute 'x' does not exist"
    assert not state.contacts


def test_attributes_are_merged_and_a_null_is_kept_as_null(state):
    """One key's update leaves the others alone."""
    plant_contact(state, {"external_id": "u1", "custom_attributes": {"a": "1", "b": 2}})
    someone = contacts.by_external_id(state, "u1", NOW)
    changed = contacts.update(state, someone.id, {"custom_attributes": {"a": None}}, NOW)
    assert changed.custom_attributes == {"a": None, "b": 2}
    assert held_contact(state, changed)["custom_attributes"] == {"b": 2}


def test_an_update_that_changes_nothing_leaves_updated_at(state):
    """As recorded: only a change moves the time."""
    someone = user(state, external_id="u1", name="Ada")
    state.clock = lambda: 1_800_000_000_000_000
    assert contacts.update(state, someone.id, {"name": "Ada"}, NOW).updated_at == 1_700_000_000
    assert contacts.update(state, someone.id, {"name": "Bo"}, NOW).updated_at == 1_800_000_000


def test_a_null_clears_an_address_but_not_an_external_id(state):
    """As recorded."""
    someone = user(state, external_id="u1", email="a@example.com")
    sent = {"external_id": None, "email": None}
    changed = contacts.update(state, someone.id, sent, NOW)
    assert (changed.external_id, changed.email) == ("u1", "")


def test_a_verified_flag_needs_its_address(state):
    """As the description says of 2.16."""
    assert refused(lambda: user(state, external_id="u1", email_verified=True)).status == 400


@pytest.mark.parametrize("field", ["name", "phone", "signed_up_at", "unsubscribed_from_emails"])
def test_a_field_of_the_wrong_type_is_refused(state, field):
    """A list is the value of no field."""
    assert refused(lambda: user(state, external_id="u1", **{field: ["x"]})).status == 400
