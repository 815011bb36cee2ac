"""The sandbox's notes, subscriptions, tags and data events."""

import pytest

from bridge.intercom.sandbox import (
    Rules,
    Sandbox,
    companies,
    contacts,
    events,
    notes,
    plant,
    search,
    subscriptions,
    tags,
)
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


def user(state, external_id="u1", **fields):
    return contacts.create(state, {"role": "user", "external_id": external_id, **fields})


# --- notes and subscriptions ----------------------------------------------------------------------


def test_notes_and_choices_go_with_a_merged_lead(state):
    """The user has them afterwards."""
    someone = user(state)
    lead = contacts.create(state, {"role": "lead"})
    notes.add(state, lead.id, {"body": "Hello"})
    subscriptions.attach(state, lead.id, {"id": "1", "consent_type": "opt_in"}, NOW)
    merging = {"from": lead.id, "into": someone.id, "skip_duplicate_validation": True}
    joined = contacts.merge(state, merging, NOW)
    assert joined.subscriptions == {"1": "opt_in"}
    assert [(each.body, each.about) for each in state.notes_of(someone.id)] == [
        ("Hello", someone.id)
    ]
    assert notes.get(state, state.notes_of(someone.id)[0].id).about == someone.id


def test_a_choice_can_be_taken_back_once(state):
    """What is not there cannot be taken off, and an unknown type is not found."""
    someone = user(state)
    subscriptions.attach(state, someone.id, {"id": "2", "consent_type": "opt_out"}, NOW)
    subscriptions.detach(state, someone.id, "2", NOW)
    assert refused(subscriptions.detach, state, someone.id, "2", NOW).message == (
        "Resource Not Found"
    )
    unknown = {"id": "9", "consent_type": "opt_in"}
    assert refused(subscriptions.attach, state, someone.id, unknown, NOW).status == 404


def test_old_data_events_are_counted_and_not_listed(state):
    """After 90 days only the summary knows of them."""
    someone = user(state)
    for age in (1, 100):
        at = state.now() - age * 86_400
        events.submit(state, event(id=someone.id, created_at=at), NOW)
    asked = {"type": "user", "user_id": "u1"}
    assert len(events.listed(state, asked, NOW)[1]) == 1
    assert len(events.listed(state, asked | {"summary": "true"}, NOW)[1]) == 2
    assert refused(events.listed, state, {"user_id": "u1"}, NOW).status == 400


def test_a_search_by_address_finds_what_reading_everybody_finds(state):
    """The short way and the long way agree, whatever else is asked for."""
    rows = [{"external_id": f"u{n}", "email": f"{n % 3}@example.com"} for n in range(9)]
    plant(state, {"contacts": rows})
    by_address = {"field": "email", "operator": "=", "value": "1@EXAMPLE.com"}
    others = {"field": "external_id", "operator": "!=", "value": "u1"}
    for query in (
        by_address,
        {"operator": "AND", "value": [others, by_address]},
        {"operator": "OR", "value": [others, by_address]},
        {"field": "email", "operator": "!=", "value": "1@example.com"},
    ):
        short = search.matching(state.searchable(search.address(query)), query)
        assert sorted(c.id for c in short) == sorted(
            c.id for c in search.matching(state.searchable(), query)
        )
        assert short


# --- tags -----------------------------------------------------------------------------------------


def test_a_tag_is_made_or_found_by_name(state):
    """Without regard to case."""
    first, _, _ = tags.write(state, {"name": "VIP"}, NOW)
    second, _, _ = tags.write(state, {"name": "vip"}, NOW)
    assert (second.id, second.name) == (first.id, "VIP")


def test_strangers_are_passed_over_and_not_reported(state):
    """Since 2.16; before, they were a 404 after the tag was made."""
    someone = user(state)
    named = {"name": "VIP", "users": [{"id": someone.id}, {"id": "nobody"}]}
    _, users, _ = tags.write(state, named, NOW)
    assert users == [{"id": someone.id, "tagged": True}]
    orphan = {"name": "Old", "users": [{"id": "nobody"}]}
    assert refused(tags.write, state, orphan, BEFORE).status == 404
    assert tags.named(state, "old") is not None


def test_companies_are_tagged_and_untagged_by_name(state):
    """By either id, in one call."""
    company = companies.upsert(state, {"company_id": "c1"})
    _, _, firms = tags.write(state, {"name": "A", "companies": [{"company_id": "c1"}]}, NOW)
    assert firms == [{"id": company.id, "tagged": True}]
    off = {"name": "A", "companies": [{"id": company.id, "untag": True}]}
    _, _, firms = tags.write(state, off, NOW)
    assert firms == [{"id": company.id, "tagged": False}]
    assert state.companies[company.id].tags == ()


def test_a_deleted_tag_is_off_everyone(state):
    """Nobody keeps a tag that is not there."""
    someone = user(state)
    tag, _, _ = tags.write(state, {"name": "VIP", "users": [{"id": someone.id}]}, NOW)
    tags.delete(state, tag.id)
    assert state.contacts[someone.id].tags == {}


# --- data events ----------------------------------------------------------------------------------


def event(**fields):
    return {"event_name": "signed-up", "created_at": 1_700_000_000, **fields}


def test_a_data_event_counts_once(state):
    """The same contact, name and second again changes nothing."""
    someone = user(state)
    for name in ("signed-up", "Signed.Up"):
        events.submit(state, event(event_name=name, id=someone.id), NOW)
    events.submit(state, event(created_at=1_700_000_001, user_id="u1"), NOW)
    assert len(state.events) == 2


def test_a_data_event_of_nobody_is_not_found(state):
    """By any of the three ways to name a person."""
    for name in ("id", "user_id", "email"):
        assert refused(events.submit, state, event(**{name: "x"}), NOW).status == 404


def test_ten_metadata_keys_are_kept(state):
    """The first ten; nested values but money and links are refused."""
    someone = user(state)
    many = {f"k{n}": n for n in range(12)}
    assert len(events.submit(state, event(id=someone.id, metadata=many), NOW).metadata) == 10
    nested = event(id=someone.id, metadata={"a": {"b": 1}})
    assert refused(events.submit, state, nested, NOW).status == 400
    money = event(id=someone.id, created_at=1, metadata={"a": {"amount": 1, "currency": "eur"}})
    events.submit(state, money, NOW)


def test_names_of_data_events_run_out():
    """A workspace keeps so many; known names go on."""
    state = Sandbox(rules=Rules(event_names=2))
    someone = user(state)
    for name in ("a", "b", "A"):
        events.submit(state, event(event_name=name, id=someone.id), NOW)
    new = event(event_name="c", id=someone.id)
    assert refused(events.submit, state, new, NOW).status == 400
