"""The sandbox's companies, and the limits of its lists."""

import pytest

from bridge.intercom.sandbox import (
    Sandbox,
    companies,
    contacts,
    create_sandbox,
    plant,
)
from bridge.intercom.sandbox.model import Refusal

NOW = (2, 16)


@pytest.fixture
def state():
    return Sandbox(clock=lambda: 1_700_000_000_000_000)


def refused(act, *args):
    with pytest.raises(Refusal) as caught:
        act(*args)
    return caught.value


def user(state, external_id="u1", **fields):
    return contacts.create(state, {"role": "user", "external_id": external_id, **fields})


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
    first, _ = companies.scroll(state, None)
    assert "scroll already exists" in refused(companies.scroll, state, None).message
    state.clock = lambda: 1_700_000_061_000_000
    assert refused(companies.scroll, state, first).status == 404
    companies.scroll(state, None)


def test_a_scroll_ends_with_an_empty_stretch(state):
    """Every company once, and then the parameter is worth nothing."""
    firms = [f"c{n}" for n in range(companies.SCROLL_STEP + 1)]
    plant(state, {"contacts": [{"external_id": "u1", "companies": firms}]})
    name, first = companies.scroll(state, None)
    _, second = companies.scroll(state, name)
    assert {each.company_id for each in (*first, *second)} == set(firms)
    assert companies.scroll(state, name)[1] == []
    assert refused(companies.scroll, state, name).status == 404
    companies.scroll(state, None)


def test_lists_have_their_limits(state, monkeypatch):
    """Sizes of pages by default and at most, and no company behind the ten thousandth."""
    firms = [f"c{n}" for n in range(20)]
    people = [{"email": f"{n}@example.com"} for n in range(60)]
    plant(state, {"contacts": [{"external_id": "u1", "companies": firms}, *people]})
    caller = create_sandbox(state).test_client()
    headers = {"Authorization": "Bearer t"}
    query = {"query": {"field": "role", "operator": "=", "value": "lead"}}
    limits = [("GET", "/contacts", 10, 150), ("POST", "/companies/list", 15, 60)]
    for method, path, usual, most in limits:
        told = caller.open(path, method=method, headers=headers).json
        assert len(told["data"]) == usual
        for size, status in ((most, 200), (most + 1, 400), (0, 400), ("x", 400)):
            asked = {"per_page": size}
            answer = caller.open(path, method=method, headers=headers, query_string=asked)
            assert answer.status_code == status
    assert len(caller.post("/contacts/search", json=query, headers=headers).json["data"]) == 50
    query["pagination"] = {"per_page": 151}
    assert caller.post("/contacts/search", json=query, headers=headers).status_code == 400
    monkeypatch.setattr("bridge.intercom.sandbox.routes.companies.MOST_LISTED", 18)
    second = caller.post("/companies/list?page=2", headers=headers).json
    assert (len(second["data"]), second["total_count"], second["pages"]["next"]) == (3, 18, None)
    assert caller.post("/companies/list?page=3", headers=headers).json["data"] == []
