"""Every call against the sandbox, each answer held against Intercom's own description."""

import pytest

from bridge.errors import (
    IntercomBusy,
    IntercomConflict,
    IntercomMerged,
    IntercomNotFound,
    IntercomRefused,
    IntercomUnauthorized,
)
from bridge.intercom import calls
from bridge.intercom.calls.ask import next_cursor
from bridge.intercom.client import Client
from bridge.intercom.sandbox import Rules, Sandbox, SandboxServer, plant
from bridge.model import Call


def test_a_contact_lives_as_described(checked):
    """Created, read, found, changed, archived, brought back, deleted."""
    body = {"role": "user", "external_id": "u/1", "email": "a@example.com", "name": "Ada"}
    made = calls.create_contact(checked, body | {"avatar": "https://example.com/a.png"})
    assert body.items() <= made.items()
    assert calls.get_contact(checked, made["id"])["name"] == "Ada"
    found = calls.find_by_external_id(checked, "u/1")
    assert found is not None
    assert found["id"] == made["id"]
    changed = calls.update_contact(checked, made["id"], {"name": None, "owner_id": "12"})
    assert (changed["name"], changed["owner_id"]) == (None, "12")
    assert calls.archive_contact(checked, made["id"])["archived"] is True
    with pytest.raises(IntercomNotFound):
        calls.get_contact(checked, made["id"])
    assert calls.unarchive_contact(checked, made["id"])["archived"] is False
    assert calls.delete_contact(checked, made["id"])["deleted"] is True
    assert calls.find_by_external_id(checked, "u/1") is None


def test_conflicts_name_the_contact(checked):
    """Live and archived, by the two recorded texts."""
    made = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    for archived in (False, True):
        with pytest.raises(IntercomConflict) as caught:
            calls.create_contact(checked, {"role": "user", "external_id": "u1"})
        assert (caught.value.contact_id, caught.value.archived) == (made["id"], archived)
        if not archived:
            calls.archive_contact(checked, made["id"])


def test_a_merged_lead_leads_to_its_user(checked):
    """The id out of the Link header is the user's."""
    lead = calls.create_contact(checked, {"role": "lead", "email": "a@example.com"})
    user = calls.create_contact(checked, {"role": "user", "email": "a@example.com"})
    assert calls.merge_contacts(checked, lead["id"], user["id"])["id"] == user["id"]
    with pytest.raises(IntercomMerged) as caught:
        calls.get_contact(checked, lead["id"])
    assert caught.value.into == user["id"]


def test_strangers_can_be_merged_when_told_so(checked):
    """Without an address in common it needs to be said."""
    lead = calls.create_contact(checked, {"role": "lead"})
    user = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    with pytest.raises(IntercomRefused, match="invalid_merge"):
        calls.merge_contacts(checked, lead["id"], user["id"])
    calls.merge_contacts(checked, lead["id"], user["id"], skip_duplicate_validation=True)


def test_searches_and_lists_go_page_by_page(checked, state):
    """Every contact comes once, by the cursor of the page before."""
    rows = [{"external_id": f"u{n}", "email": f"{n}@example.com"} for n in range(7)]
    plant(state, {"contacts": [*rows, {"role": "lead", "email": "3@example.com"}]})
    query = {"field": "role", "operator": "=", "value": "user"}
    seen, cursor = [], None
    while True:
        page = calls.search_contacts(
            checked, query, per_page=3, starting_after=cursor, sort={"field": "external_id"}
        )
        seen += [contact["external_id"] for contact in page["data"]]
        cursor = next_cursor(page)
        if cursor is None:
            break
    assert seen == [f"u{n}" for n in reversed(range(7))]
    assert len(calls.list_contacts(checked, per_page=5)["data"]) == 5
    assert len(calls.search_by_email(checked, "3@example.com")) == 2
    assert [c["role"] for c in calls.search_by_email(checked, "3@EXAMPLE.com", "lead")] == ["lead"]


def test_a_filter_on_the_list_of_contacts_is_passed_over(client, state):
    """The trap of the live API: it lists everybody."""
    plant(state, {"contacts": [{"email": "a@example.com"}, {"email": "b@example.com"}]})
    query = {"email": "a@example.com"}
    answer = client.send(Call("list contacts", "GET", "/contacts", None, query))
    assert answer.body["total_count"] == 2


def test_a_company_lives_as_described(checked):
    """Upserted, found, read, changed, joined, listed, left, deleted."""
    body = {"company_id": "c1", "name": "Acme", "plan": "Pro", "size": 3, "monthly_spend": 10}
    made = calls.upsert_company(checked, body)
    assert (made["plan"]["name"], made["user_count"]) == ("Pro", 0)
    found = calls.find_company(checked, "c1")
    assert found is not None
    assert found["id"] == made["id"]
    assert calls.find_company(checked, "c2") is None
    assert calls.get_company(checked, made["id"])["company_id"] == "c1"
    assert calls.update_company(checked, made["id"], {"name": "Acme Ltd"})["name"] == "Acme Ltd"
    user = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    assert calls.list_companies(checked)["data"] == []
    assert calls.attach_company(checked, user["id"], made["id"])["user_count"] == 1
    assert [c["id"] for c in calls.list_companies(checked)["data"]] == [made["id"]]
    assert [c["id"] for c in calls.list_contact_companies(checked, user["id"])] == [made["id"]]
    people = calls.list_company_contacts(checked, made["id"])
    assert [c["id"] for c in people["data"]] == [user["id"]]
    assert calls.detach_company(checked, user["id"], made["id"])["user_count"] == 0
    assert calls.delete_company(checked, made["id"])["deleted"] is True
    with pytest.raises(IntercomNotFound):
        calls.get_company(checked, made["id"])


def test_companies_are_listed_by_pages_and_scrolled(checked, state):
    """The next page is told, the scroll ends with an empty stretch."""
    firms = [f"c{n}" for n in range(5)]
    plant(state, {"contacts": [{"external_id": "u1", "companies": firms}]})
    first = calls.list_companies(checked, page=1, per_page=3)
    assert (len(first["data"]), first["pages"]["total_pages"]) == (3, 2)
    stretch = calls.scroll_companies(checked)
    assert len(stretch["data"]) == 5
    assert calls.scroll_companies(checked, stretch["scroll_param"])["data"] == []


def test_a_contact_shows_ten_of_many(checked, state):
    """And says that there are more."""
    rows = {"tags": [f"t{n}" for n in range(12)], "companies": [f"c{n}" for n in range(11)]}
    plant(state, {"contacts": [{"external_id": "u1", **rows}]})
    shown = calls.find_by_external_id(checked, "u1")
    assert shown is not None
    for part, total in (("tags", 12), ("companies", 11)):
        assert len(shown[part]["data"]) == 10
        assert (shown[part]["total_count"], shown[part]["has_more"]) == (total, True)


def test_tags_go_on_and_off_by_name(checked):
    """Contacts and companies alike, without regard to case."""
    user = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    firm = calls.upsert_company(checked, {"company_id": "c1"})
    tag = calls.tag_contact(checked, "VIP", user["id"])
    assert calls.create_tag(checked, "vip")["id"] == tag["id"]
    assert [t["name"] for t in calls.list_contact_tags(checked, user["id"])] == ["VIP"]
    assert calls.untag_contact(checked, "Vip", user["id"]) is not None
    assert calls.untag_contact(checked, "VIP", user["id"]) is None
    calls.tag_company(checked, "VIP", firm["id"])
    assert calls.get_company(checked, firm["id"])["tags"]["tags"][0]["name"] == "VIP"
    calls.untag_company(checked, "VIP", firm["id"])
    assert calls.get_company(checked, firm["id"])["tags"]["tags"] == []
    assert [t["name"] for t in calls.list_tags(checked)] == ["VIP"]


def test_a_tag_for_nobody_is_not_taken_for_done(checked):
    """Intercom answers 200 and passes over strangers: the call says so."""
    for tag in (calls.tag_contact, calls.tag_company):
        with pytest.raises(IntercomNotFound, match="passed over"):
            tag(checked, "VIP", "nobody")


def test_a_data_event_is_taken_and_repeated_without_effect(checked, state):
    """The same second again is the same event."""
    lead = calls.create_contact(checked, {"role": "lead"})
    for _ in range(2):
        calls.submit_event(checked, "ordered", 1_700_000_000, lead["id"], {"items": 3})
    assert len(state.events) == 1
    with pytest.raises(IntercomNotFound):
        calls.submit_event(checked, "ordered", 1_700_000_000, "nobody")


def test_attributes_are_made_and_written(checked):
    """Unknown ones are refused, known ones take their type."""
    body = {"role": "user", "external_id": "u1", "custom_attributes": {"tier": "Pro"}}
    with pytest.raises(IntercomRefused, match="Custom attribute 'tier' does not exist"):
        calls.create_contact(checked, body)
    made = calls.create_attribute(checked, "tier", "contact", "string", description="What is paid")
    assert (made["data_type"], made["custom"]) == ("string", True)
    assert calls.create_contact(checked, body)["custom_attributes"] == {"tier": "Pro"}
    calls.create_attribute(checked, "size", "company", "options", options=("s", "l"))
    names = {row["name"] for row in calls.list_attributes(checked, "company")}
    assert {"size", "company_id"} <= names
    assert "tier" not in names


def test_the_workspace_tells_its_id(checked):
    """The region and id that caches and links are kept under."""
    app = calls.me(checked)["app"]
    assert (app["id_code"], app["region"]) == ("sandbox", "US")


def test_a_wrong_token_is_told_without_a_word_of_limits():
    """As the live API: the limit's headers are for those it knows."""
    told = []
    with SandboxServer(token="right") as guarded:
        wrong = Client(guarded.url, "wrong")
        with pytest.raises(IntercomUnauthorized, match="Access Token Invalid"):
            calls.me(wrong.recording(told.append))
        right = Client(guarded.url, "right")
        calls.me(right)
        right.close()
        wrong.close()
    assert not [name for name in told[0].headers if name.startswith("x-ratelimit")]


def test_the_limit_is_told_and_then_enforced():
    """The wait runs to the end of the ten seconds, by the answer's own clock."""
    rules = Rules(calls_per_minute=12)
    with SandboxServer(Sandbox(rules=rules, clock=lambda: 1_700_000_003_000_000)) as server:
        sender = Client(server.url, "t")
        for _ in range(2):
            calls.me(sender)
        with pytest.raises(IntercomBusy, match="Exceeded rate limit of 2 in 10_seconds") as caught:
            calls.me(sender)
        assert caught.value.retry_after == 7.0
        assert caught.value.resource_only is False
        sender.close()


def test_older_versions_behave_as_they_did(server):
    """Owner as a number, merged contacts not found, no lookup by external id before 2.13."""
    versions = ("2.15", "2.12", "9.9")
    old, older, unknown = (Client(server.url, "t", version=version) for version in versions)
    lead = calls.create_contact(old, {"role": "lead", "email": "a@example.com"})
    user = calls.create_contact(old, {"role": "user", "external_id": "u1", "owner_id": 7})
    assert user["owner_id"] == "7"
    calls.merge_contacts(old, lead["id"], user["id"])
    with pytest.raises(IntercomNotFound):
        calls.get_contact(old, lead["id"])
    assert calls.find_by_external_id(older, "u1") is None
    with pytest.raises(IntercomNotFound):
        calls.tag_contact(old, "VIP", "nobody")
    with pytest.raises(IntercomRefused, match="Intercom-Version"):
        calls.me(unknown)
    for each in (old, older, unknown):
        each.close()


def test_notes_go_on_contacts_and_companies(checked, state):
    """The newest comes first; the same again is another."""
    user = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    firm = calls.upsert_company(checked, {"company_id": "c1"})
    for text in ("<p>First</p>", "<p>Second</p>", "<p>Second</p>"):
        calls.add_note(checked, user["id"], text, admin_id="1")
    notes = calls.list_notes(checked, user["id"])
    assert [note["body"] for note in notes] == ["<p>Second</p>", "<p>Second</p>", "<p>First</p>"]
    assert len(calls.list_notes(checked, user["id"], page=2, per_page=2)) == 1
    assert calls.add_company_note(checked, firm["id"], "<p>Paid</p>")["company"]["id"] == firm["id"]
    with pytest.raises(IntercomNotFound):
        calls.add_note(checked, "nobody", "<p>Hello</p>")
    shown = calls.get_contact(checked, user["id"])
    assert shown["notes"]["total_count"] == 3


def test_a_choice_is_kept_where_it_differs_from_the_default(checked, state):
    """Opt-in types are attached to have them, opt-out types not to; both may be repeated."""
    user = calls.create_contact(checked, {"role": "user", "external_id": "u1"})
    asked, refusable = calls.list_subscription_types(checked)
    assert (asked["consent_type"], refusable["consent_type"]) == ("opt_in", "opt_out")
    chosen = [
        (calls.opt_in, asked, ["1"]),
        (calls.opt_in, refusable, ["1"]),
        (calls.opt_out, refusable, ["1", "2"]),
        (calls.opt_in, refusable, ["1"]),
        (calls.opt_out, asked, []),
    ]
    for choose, kind, explicit in chosen:
        for _ in range(2):
            choose(checked, user["id"], kind)
        told = [each["id"] for each in calls.list_subscriptions(checked, user["id"])]
        assert told == explicit
    for choose in (calls.opt_in, calls.opt_out):
        with pytest.raises(IntercomNotFound, match="User Not Found"):
            choose(checked, "nobody", refusable)


def test_an_attribute_is_changed_by_its_id(checked):
    """Description, options and archiving; an unknown one is not found."""
    options = ("s", "l")
    made = calls.create_attribute(checked, "grade", "company", "options", options=options)
    wanted = [{"value": each} for each in (*options, "xl")]
    changed = calls.update_attribute(checked, made["id"], {"options": wanted, "archived": True})
    assert (changed["options"], changed["archived"]) == (["s", "l", "xl"], True)
    rows = calls.list_attributes(checked, "company", include_archived=False)
    assert "grade" not in {row["name"] for row in rows}
    with pytest.raises(IntercomNotFound, match="field_not_found"):
        calls.update_attribute(checked, 5, {"archived": True})


def test_a_blocked_contact_is_still_there(checked, state):
    """It is marked, and read as before."""
    lead = calls.create_contact(checked, {"role": "lead", "name": "Spam"})
    assert calls.block_contact(checked, lead["id"])["blocked"] is True
    assert calls.get_contact(checked, lead["id"])["name"] == "Spam"
    assert state.contacts[lead["id"]].blocked is True
