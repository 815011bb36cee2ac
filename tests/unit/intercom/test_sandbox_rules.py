"""The sandbox's companies, tags, data events, attributes, searches and limits."""

import pytest

from bridge.intercom.sandbox import (
    Fault,
    Rules,
    Sandbox,
    attributes,
    companies,
    contacts,
    events,
    held,
    keep,
    plant,
    search,
    tags,
)
from bridge.intercom.sandbox.faults import Faults, read_fault
from bridge.intercom.sandbox.limits import Window
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


# --- companies ----------------------------------------------------------------------------------


def test_a_company_is_found_by_its_company_id(state):
    """The same company_id twice is one company, changed."""
    first = companies.upsert(state, {"company_id": "c1", "name": "Acme"})
    second = companies.upsert(state, {"company_id": "c1", "plan": "Pro"})
    assert (second.id, second.name, second.plan) == (first.id, "Acme", "Pro")


def test_an_unknown_key_of_a_company_is_refused(state):
    """With the words of the description."""
    refusal = refused(companies.upsert, state, {"company_id": "c1", "test": 1})
    assert (refusal.status, refusal.code) == (400, "bad_request")
    assert refusal.message == "bad 'test' parameter"


def test_a_company_id_cannot_be_changed(state):
    """It is no key of an update."""
    company = companies.upsert(state, {"company_id": "c1"})
    assert refused(companies.update, state, company.id, {"company_id": "c2"}).status == 400


def test_spend_is_cut_off_to_a_whole_number(state):
    """As the live API does, so that a rounding is seen before it surprises."""
    company = companies.upsert(state, {"company_id": "c1", "monthly_spend": 12.99})
    assert company.monthly_spend == 12
    too_much = {"company_id": "c1", "monthly_spend": 2_147_483_648}
    assert refused(companies.upsert, state, too_much).status == 400


def test_a_company_is_listed_once_it_has_a_user(state):
    """A lead does not make it visible."""
    company = companies.upsert(state, {"company_id": "c1"})
    lead = contacts.create(state, {"role": "lead"})
    companies.attach(state, lead.id, {"id": company.id}, NOW)
    assert companies.visible(state) == []
    companies.attach(state, user(state).id, {"id": company.id}, NOW)
    assert companies.visible(state) == [company]


def test_attaching_again_changes_nothing(state):
    """And a thousand companies are the most."""
    company, someone = companies.upsert(state, {"company_id": "c1"}), user(state)
    for _ in range(2):
        companies.attach(state, someone.id, {"id": company.id}, NOW)
    assert state.contacts[someone.id].companies == (company.id,)
    for n in range(999):
        other = companies.upsert(state, {"company_id": f"x{n}"})
        companies.attach(state, someone.id, {"id": other.id}, NOW)
    last = companies.upsert(state, {"company_id": "last"})
    refusal = refused(companies.attach, state, someone.id, {"id": last.id}, NOW)
    assert refusal.code == "contact_company_limit_exceeded"


def test_attaching_says_what_is_missing(state):
    """The description's three refusals, by their codes."""
    someone = user(state)
    assert refused(companies.attach, state, someone.id, {}, NOW).code == "parameter_not_found"
    assert refused(companies.attach, state, someone.id, {"id": "x"}, NOW).code == (
        "company_not_found"
    )
    assert refused(companies.attach, state, "x", {"id": "x"}, NOW).code == "not_found"


def test_one_scroll_at_a_time(state):
    """A second one is refused until the first was idle for a minute."""
    plant(state, {"contacts": [{"external_id": "u1", "companies": ["c1"]}]})
    companies.scroll(state, None)
    assert "scroll already exists" in refused(companies.scroll, state, None).message
    state.clock = lambda: 1_700_000_061_000_000
    companies.scroll(state, None)


# --- tags ---------------------------------------------------------------------------------------


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


# --- data events --------------------------------------------------------------------------------


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


# --- data attributes ----------------------------------------------------------------------------


def test_an_attribute_name_belongs_to_one_model(state):
    """With the words of the description."""
    attributes.create(state, {"name": "Ring", "model": "company", "data_type": "string"})
    again = {"name": "Ring", "model": "contact", "data_type": "string"}
    assert refused(attributes.create, state, again).message == (
        "You already have 'Ring' in your company data. "
        "To save this as new people data, use a different name."
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b"},
        {"name": ""},
        {"model": "conversation"},
        {"data_type": "money"},
        {"data_type": "options"},
        {"data_type": "options", "options": [{"value": "one"}]},
    ],
)
def test_what_makes_no_attribute_is_refused(state, wrong):
    """Name, model, type and options each have their rule."""
    good = {"name": "plan", "model": "contact", "data_type": "string"}
    refusal = refused(attributes.create, state, good | wrong)
    assert (refusal.status, refusal.code) == (400, "parameter_invalid")


@pytest.mark.parametrize(
    ("data_type", "good", "bad"),
    [
        ("string", "a", 1),
        ("integer", 1, 1.5),
        ("float", 1, "1"),
        ("boolean", True, 1),
        ("date", 1_700_000_000, "2026-01-01"),
    ],
)
def test_an_attribute_takes_its_own_type_only(state, data_type, good, bad):
    """A wrong type refuses the whole contact."""
    attributes.create(state, {"name": "x", "model": "contact", "data_type": data_type})
    user(state, "u1", custom_attributes={"x": good})
    assert refused(lambda: user(state, "u2", custom_attributes={"x": bad})).status == 400


def test_an_option_must_be_one_of_the_list(state):
    """And an archived attribute takes nothing."""
    options = [{"value": "Free"}, {"value": "Paid"}]
    row = {"name": "x", "model": "contact", "data_type": "options", "options": options}
    made = attributes.create(state, row)
    user(state, "u1", custom_attributes={"x": "Free"})
    assert refused(lambda: user(state, "u2", custom_attributes={"x": "Gold"})).status == 400
    attributes.update(state, made.id, {"archived": True})
    assert refused(lambda: user(state, "u3", custom_attributes={"x": "Free"})).status == 400


# --- searches -----------------------------------------------------------------------------------


def found(state, field, operator, value):
    query = {"field": field, "operator": operator, "value": value}
    matches = search.matching(state.searchable(), query)
    return sorted(contact.external_id for contact in matches)


@pytest.mark.parametrize(
    ("field", "operator", "value", "ids"),
    [
        ("email", "=", "A@example.com", ["u1"]),
        ("email", "!=", "a@example.com", ["u2"]),
        ("email", "~", "example", ["u1", "u2"]),
        ("email", "!~", "b@", ["u1"]),
        ("email", "^", "b@", ["u2"]),
        ("email", "$", "com", ["u1", "u2"]),
        ("external_id", "IN", ["u1", "u9"], ["u1"]),
        ("external_id", "NIN", ["u1", "u9"], ["u2"]),
        ("custom_attributes.seats", ">", 5, ["u2"]),
        ("custom_attributes.seats", "<", 5, ["u1"]),
        ("created_at", ">", 1_699_999_000, []),
        ("created_at", ">", 1_699_900_000, ["u1", "u2"]),
        ("created_at", "=", 1_700_000_500, ["u1", "u2"]),
    ],
)
def test_a_search_compares_as_described(state, field, operator, value, ids):
    """Texts without regard to case, times by the day."""
    rows = [
        {"external_id": "u1", "email": "a@example.com", "custom_attributes": {"seats": 1}},
        {"external_id": "u2", "email": "b@example.com", "custom_attributes": {"seats": 9}},
    ]
    plant(state, {"contacts": rows})
    assert found(state, field, operator, value) == ids


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        {"field": "email", "operator": "LIKE", "value": "a"},
        {"field": "shoe_size", "operator": "=", "value": 1},
        {"field": "created_at", "operator": ">=", "value": 1},
        {"operator": "AND", "value": []},
        {"operator": "AND", "value": [{"field": "id", "operator": "=", "value": "x"}] * 16},
    ],
)
def test_a_query_that_cannot_be_read_is_refused(state, query):
    """With 400, as are more filters than fifteen."""
    with pytest.raises(Refusal):
        search.matching(state.searchable(), query)


def test_groups_go_two_deep(state):
    """AND and OR, one in the other, no further."""
    user(state, "u1")
    leaf = {"field": "external_id", "operator": "=", "value": "u1"}
    two = {"operator": "AND", "value": [{"operator": "OR", "value": [leaf]}]}
    assert len(search.matching(state.searchable(), two)) == 1
    with pytest.raises(Refusal):
        search.matching(state.searchable(), {"operator": "AND", "value": [two]})


def test_a_search_can_lag_behind_the_writes():
    """It sees people as they were so many seconds ago."""
    now = [1_700_000_000_000_000]
    state = Sandbox(rules=Rules(search_lag=60), clock=lambda: now[0])
    someone = user(state, "u1", email="a@example.com")
    assert found(state, "email", "=", "a@example.com") == []
    now[0] += 61_000_000
    contacts.update(state, someone.id, {"email": "b@example.com"}, NOW)
    assert found(state, "email", "=", "a@example.com") == ["u1"]
    now[0] += 61_000_000
    assert found(state, "email", "=", "b@example.com") == ["u1"]


# --- limits and faults --------------------------------------------------------------------------


def test_the_limit_counts_in_windows_of_ten_seconds():
    """The headers tell it, the next window begins at zero."""
    window, rules = Window(), Rules(calls_per_minute=12)
    assert window.count(rules, 1003)["X-RateLimit-Remaining"] == "1"
    assert window.count(rules, 1009) == {
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1010",
    }
    refusal = refused(window.count, rules, 1009)
    assert (refusal.status, refusal.code) == (429, "rate_limit_exceeded")
    assert refusal.message == "Exceeded rate limit of 2 in 10_seconds"
    assert window.count(rules, 1010)["X-RateLimit-Remaining"] == "1"


def test_a_fault_is_met_by_its_calls_as_often_as_ordered():
    """Method and path prefix choose the calls; zero times is always."""
    faults = Faults()
    faults.add(Fault("status", times=2, method="POST", path="/contacts"))
    faults.add(Fault("delay", times=0))
    assert [f.kind for f in faults.take("GET", "/contacts")] == ["delay"]
    for _ in range(2):
        assert [f.kind for f in faults.take("POST", "/contacts")] == ["status", "delay"]
    assert [f.kind for f in faults.take("POST", "/contacts")] == ["delay"]


@pytest.mark.parametrize("order", [{}, {"kind": "earthquake"}, {"kind": "lose", "often": 3}])
def test_an_order_for_no_known_fault_is_refused(order):
    """A typing mistake does not pass for a fault that never comes."""
    with pytest.raises(ValueError, match="fault"):
        read_fault(order)


# --- contents -----------------------------------------------------------------------------------


def test_what_is_planted_is_held(state):
    """In the same words: names of tags, own ids of companies."""
    rows = {
        "companies": [{"company_id": "c1", "name": "Acme", "tags": ["big"]}],
        "contacts": [
            {
                "external_id": "u1",
                "email": "a@example.com",
                "custom_attributes": {"seats": 0, "vip": False},
                "tags": ["beta"],
                "companies": ["c1"],
            }
        ],
    }
    plant(state, rows)
    told = held(state)
    person = rows["contacts"][0] | {"role": "user"}
    assert person.items() <= told["contacts"][0].items()
    assert rows["companies"][0].items() <= told["companies"][0].items()


def test_a_field_that_is_not_there_cannot_be_planted(state):
    """A typing mistake in an example is told."""
    with pytest.raises(ValueError, match="emial"):
        plant(state, {"contacts": [{"emial": "a@example.com"}]})


def test_a_dump_is_loaded_whole(state):
    """Everything a restart must keep, and what is found by it."""
    plant(state, {"contacts": [{"external_id": "u1", "tags": ["a"], "companies": ["c1"]}]})
    someone = contacts.by_external_id(state, "u1", NOW)
    events.submit(state, event(id=someone.id), NOW)
    attributes.create(state, {"name": "x", "model": "contact", "data_type": "date"})
    copy = Sandbox()
    keep.load(copy, keep.dump(state))
    assert keep.dump(copy) == keep.dump(state)
    assert held(copy) == held(state)
    assert contacts.by_external_id(copy, "u1", NOW) == someone
