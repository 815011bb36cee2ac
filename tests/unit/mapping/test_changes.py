"""What a mapping makes of an event: Changes as plain data, with what was dropped told."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from textwrap import indent
from typing import Any

import pytest

from bridge.errors import ExpressionError
from bridge.mapping.mapping import Mapping
from bridge.model import (
    CompanyChange,
    Identifier,
    Mapped,
    Missing,
    PersonChange,
    Policy,
    TrackChange,
)

TOP = "source: shop\nverify:\n  scheme: token\n  secret: SHOP_SECRET\n"
RECEIVED_AT = 1_767_323_045_000_000
MATCH = "routes:\n  - on: '*'\n    user:\n      match:\n        email: =body.email\n"

GONE = object()

Load = Callable[..., Mapping]
Apply = Callable[..., Mapped]

SUBSCRIPTION = {
    "id": "evt_1",
    "type": "customer.subscription.updated",
    "created": 1_767_323_000,
    "livemode": True,
    "data": {
        "object": {
            "id": "sub_1",
            "customer": "cus_9",
            "status": "active",
            "trial_end": None,
            "metadata": {"company_id": "acme"},
            "items": {"data": [{"price": {"id": "price_1", "nickname": "Pro"}}]},
        }
    },
}


@pytest.fixture
def person(load: Load, apply: Apply) -> Callable[..., PersonChange]:
    """Map a body by a user block that goes on below `match`."""

    def made(block: str, body: Any, top: str = "") -> PersonChange:
        (change,) = apply(load(top + MATCH + indent(block, "      ")), body).people
        return change

    return made


@pytest.fixture
def warnings(load: Load, apply: Apply) -> Callable[..., list[str]]:
    """Give the warnings of such a block, without the place."""

    def made(block: str, body: Any, top: str = "") -> list[str]:
        mapped = apply(load(top + MATCH + indent(block, "      ")), body)
        return [one.split(": ", 1)[1] for one in mapped.warnings]

    return made


def test_the_design_s_mapping_makes_what_the_design_says(stripe: Mapping, apply: Apply) -> None:
    """Person and company of one event, flat and typed."""
    assert apply(stripe, SUBSCRIPTION) == Mapped(
        route="customer.subscription.*",
        people=(
            PersonChange(
                kind="user",
                match=(Identifier("stripe_customer", "cus_9"),),
                set={
                    "custom_attributes.plan": "Pro",
                    "custom_attributes.billing_status": "Paying",
                    "custom_attributes.trial_ends_at": None,
                },
                types={
                    "custom_attributes.plan": "string",
                    "custom_attributes.billing_status": "string",
                    "custom_attributes.trial_ends_at": "date",
                },
                add_tags=("customer",),
                policy=Policy(missing=Missing("wait", 72 * 3600, "park")),
            ),
        ),
        companies=(
            CompanyChange(
                match=(Identifier("company_id", "acme"),), set={"plan": "Pro"}, attach=True
            ),
        ),
    )


def test_the_first_route_that_matches_is_taken(load: Load, apply: Apply) -> None:
    """By type and `when`, in the order written."""
    text = "event: {type: =body.type}\nroutes:\n" + "".join(
        f"  - on: {on}\n    when: {when}\n    user:\n      match:\n        email: =body.email\n"
        for on, when in (("a.*", "body.n == `1`"), ("a.b", "body.n == `2`"), ("'*'", "body.email"))
    )
    mapping = load(text)
    body = {"email": "a@b.co"}
    assert apply(mapping, {**body, "type": "a.b", "n": 1}).route == "a.*"
    assert apply(mapping, {**body, "type": "a.b", "n": 2}).route == "a.b"
    assert apply(mapping, {**body, "type": "a.c", "n": 2}).route == "*"


def test_an_event_without_a_route_is_skipped(stripe: Mapping, apply: Apply) -> None:
    """The reason names the type, and whether it was the `when` that did not hold."""
    mapped = apply(stripe, {**SUBSCRIPTION, "type": "invoice.paid"})
    assert mapped == Mapped(skipped="no route for type 'invoice.paid'")


def test_a_when_that_does_not_hold_is_given_as_the_reason(load: Load, apply: Apply) -> None:
    """Otherwise one would look for a missing route."""
    mapping = load(
        "event: {type: =body.type}\nroutes:\n  - on: a\n    when: body.go\n"
        "    user:\n      match:\n        email: =body.email\n"
    )
    mapped = apply(mapping, {"type": "a", "email": "a@b.co"})
    assert mapped.skipped == "no route for type 'a': the `when` of none holds"


def test_blocks_whose_when_does_not_hold_are_left_out(load: Load, apply: Apply) -> None:
    """The person's data event goes with it; nothing left is skipped with the reason."""
    mapping = load(
        MATCH + "      when: body.person\n"
        "    company:\n      when: body.company\n      match: {company_id: =body.company}\n"
        "    track: {name: ordered}\n"
    )
    mapped = apply(mapping, {"email": "a@b.co", "company": "acme"})
    assert (mapped.people, mapped.tracks) == ((), ())
    (company,) = mapped.companies
    assert company.attach is False
    assert apply(mapping, {}).skipped == "nothing to change: no block of route * applies"


@pytest.mark.parametrize(
    "value",
    [None, "", "  ", "undefined", "NULL", "None", "NaN", "0", 0, "[object Object]"],
)
def test_placeholders_identify_nobody(load: Load, apply: Apply, value: Any) -> None:
    """What programs write where they have no id would make strangers one person."""
    mapping = load("routes:\n  - user:\n      match:\n        external_id: =body.id\n")
    mapped = apply(mapping, {"id": value})
    assert mapped.people[0].match == ()
    assert mapped.warnings == ()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": 1}, "is an object, not text or a number"),
        ([1], "is a list, not text or a number"),
        (True, "is true or false, not text or a number"),
        ("x" * 256, "is longer than 255 characters"),
        ("a\x00b", "holds a NUL character"),
    ],
)
def test_what_cannot_identify_is_left_out_and_told(
    load: Load, apply: Apply, value: Any, why: str
) -> None:
    """The warning names the place and not the value."""
    mapping = load("routes:\n  - user:\n      match:\n        external_id: =body.id\n")
    mapped = apply(mapping, {"id": value})
    assert mapped.people[0].match == ()
    (warning,) = mapped.warnings
    assert warning.endswith(f"shop.yaml:8:22: `external_id` {why}: it is not used to find anybody")


@pytest.mark.parametrize(("value", "text"), [(9007199254740993, "9007199254740993"), (12.0, "12")])
def test_numbers_identify_as_text(load: Load, apply: Apply, value: Any, text: str) -> None:
    """Exactly, however large."""
    mapping = load("routes:\n  - user:\n      match:\n        external_id: =body.id\n")
    assert apply(mapping, {"id": value}).people[0].match == (Identifier("external_id", text),)


def test_emails_are_trimmed_and_lower_cased(person: Callable[..., PersonChange]) -> None:
    """In `match` and in `set` alike."""
    change = person("set:\n  email: =body.email\n", {"email": " Ada@Example.COM "})
    assert change.match == (Identifier("email", "ada@example.com"),)
    assert change.set == {"email": "ada@example.com"}


@pytest.mark.parametrize("value", ["ada", "ada@", "@b.co", "a b@c.de", "a@b", "a@b.co,c@d.eu"])
def test_what_is_no_email_is_not_used_and_not_repeated(
    load: Load, apply: Apply, value: str
) -> None:
    """Personal data stays out of messages."""
    mapped = apply(load(MATCH), {"email": value})
    assert mapped.people[0].match == ()
    (warning,) = mapped.warnings
    assert "`email` does not look like an email address" in warning
    assert value not in warning.replace("shop.yaml", "")


@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_null_and_blank_leave_intercom_alone(
    person: Callable[..., PersonChange], value: Any
) -> None:
    """Only `or_clear` empties a field."""
    assert person("set:\n  name: =body.name\n", {"name": value}).set == {}
    cleared = person("set:\n  name: =or_clear(body.name)\n", {"name": value})
    assert cleared.set == {"name": None}


def test_or_clear_leaves_alone_what_is_missing(person: Callable[..., PersonChange]) -> None:
    """A payload that does not speak of a field says nothing of it."""
    assert person("set:\n  name: =or_clear(body.name)\n", {}).set == {}


@pytest.mark.parametrize(
    ("kind", "value", "fitted"),
    [
        ("string", 12, "12"),
        ("string", True, "true"),
        ("string", "a\x00b", "ab"),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("float", "1.5", 1.5),
        ("float", 3, 3),
        ("boolean", "false", False),
        ("boolean", 1, True),
        ("boolean", False, False),
        ("date", "2026-01-02T03:04:05.9Z", 1_767_323_045),
        ("date", 1_767_323_045_000, 1_767_323_045),
    ],
)
def test_values_are_fitted_to_the_type_of_the_attribute(
    person: Callable[..., PersonChange], kind: str, value: Any, fitted: Any
) -> None:
    """Types never change at Intercom, so the value does."""
    block = "set:\n  custom_attributes:\n    x: =body.x\n"
    change = person(block, {"x": value}, f"types: {{x: {kind}}}\n")
    assert change.set == {"custom_attributes.x": fitted}
    assert change.set["custom_attributes.x"] is fitted or not isinstance(fitted, bool)
    assert change.types == {"custom_attributes.x": kind}


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("string", {"a": 1}, "is a list or an object, not text"),
        ("integer", "many", "is text, not a number"),
        ("integer", True, "is no number"),
        ("float", 10**400, "is too large a number"),
        ("boolean", "perhaps", "is neither true nor false"),
        ("date", "soon", "is no date: Unix seconds, milliseconds or ISO 8601 are"),
    ],
)
def test_what_does_not_fit_is_left_alone_and_told(
    warnings: Callable[..., list[str]], kind: str, value: Any, why: str
) -> None:
    """One bad attribute never fails the rest."""
    block = "set:\n  custom_attributes:\n    x: =body.x\n"
    found = warnings(block, {"email": "a@b.co", "x": value}, f"types: {{x: {kind}}}\n")
    assert found == [f"`custom_attributes.x` {why}: it is left alone"]


def test_a_whole_number_shows_its_rounding(load: Load, apply: Apply) -> None:
    """Intercom would cut the decimals without a word."""
    mapping = load(
        "routes:\n  - company:\n      match: {company_id: =body.id}\n"
        "      set:\n        monthly_spend: =body.spend\n"
    )
    mapped = apply(mapping, {"id": "acme", "spend": 12.5})
    assert mapped.companies[0].set == {"monthly_spend": 13}
    (warning,) = mapped.warnings
    assert "`monthly_spend`: 12.5 was rounded to 13" in warning
    mapped = apply(mapping, {"id": "acme", "spend": 2**31})
    assert mapped.companies[0].set == {}
    assert "`monthly_spend` is above 2147483647" in mapped.warnings[0]


def test_money_goes_out_in_major_units_and_as_minor_in_metadata(load: Load, apply: Apply) -> None:
    """A field is a number, metadata shows the currency."""
    mapping = load(
        MATCH + "      set:\n        custom_attributes:\n          paid: =money(body.n, 'eur')\n"
        "    track:\n      name: paid\n      metadata:\n        amount: =money(body.n, 'eur')\n"
    )
    mapped = apply(mapping, {"email": "a@b.co", "n": 1250})
    assert mapped.people[0].set == {"custom_attributes.paid": 12.5}
    assert mapped.people[0].types == {"custom_attributes.paid": "float"}
    (track,) = mapped.tracks
    assert track.metadata["amount"]["amount"] == 1250
    assert track.metadata["amount"]["currency"].lower() == "eur"


def test_literals_are_written_as_they_are(person: Callable[..., PersonChange]) -> None:
    """`==` begins a literal equals sign; a literal tells its own type."""
    change = person(
        "set:\n  name: ==SUM\n  custom_attributes:\n    vip: true\n    tier: 3\n    word: NO\n",
        {"email": "a@b.co"},
    )
    assert change.set == {
        "name": "=SUM",
        "custom_attributes.vip": True,
        "custom_attributes.tier": 3,
        "custom_attributes.word": "NO",
    }
    assert change.types == {
        "custom_attributes.vip": "boolean",
        "custom_attributes.tier": "integer",
        "custom_attributes.word": "string",
    }


def test_an_error_in_set_is_a_warning_and_null(load: Load, apply: Apply) -> None:
    """The other fields are written."""
    mapping = load(MATCH + "      set:\n        name: =join('-', body.n)\n        phone: =body.p\n")
    mapped = apply(mapping, {"email": "a@b.co", "n": 5, "p": "+1"})
    assert mapped.people[0].set == {"phone": "+1"}
    (warning,) = mapped.warnings
    assert "shop.yaml:11:15: " in warning


@pytest.mark.parametrize("place", ["when", "match"])
def test_an_error_in_when_or_match_fails_the_event_with_its_place(
    load: Load, apply: Apply, place: str
) -> None:
    """Guessing would change the wrong person."""
    when = "join('-', body.n)" if place == "when" else "body"
    email = "=join('-', body.n)" if place == "match" else "=body.email"
    mapping = load(f"routes:\n  - when: {when}\n    user:\n      match:\n        email: {email}\n")
    where = "shop.yaml:6:11: " if place == "when" else "shop.yaml:9:16: "
    with pytest.raises(ExpressionError, match=where):
        apply(mapping, {"n": 5})


def test_an_error_in_a_let_harms_only_those_who_use_it(load: Load, apply: Apply) -> None:
    """It is evaluated when it is used, and told at its own place."""
    text = MATCH.replace("    user", "    let:\n      bad: =join('-', body.n)\n    user")
    mapping = load(text + "      set:\n        phone: =bad\n        name: =body.name\n")
    mapped = apply(mapping, {"email": "a@b.co", "n": 5, "name": "Ada"})
    assert mapped.people[0].set == {"name": "Ada"}
    (warning,) = mapped.warnings
    assert "shop.yaml:8:12: " in warning


def test_lets_of_one_route_are_not_those_of_another(load: Load, apply: Apply) -> None:
    """A route that was tried and left must leave nothing behind."""
    text = "routes:\n" + "".join(
        f"  - when: {when}\n    let:\n      who: =body.{name}\n"
        "    user:\n      match:\n        email: =who\n"
        for when, name in (("who == 'nobody'", "one"), ("who", "two"))
    )
    mapped = apply(load(text), {"one": "one@b.co", "two": "two@b.co"})
    assert mapped.people[0].match == (Identifier("email", "two@b.co"),)


def test_event_is_in_scope_of_routes(load: Load, apply: Apply) -> None:
    """Times are in Unix seconds there."""
    mapping = load(
        "event: {id: =body.id, type: =body.type}\n" + MATCH + "      set:\n"
        "        name: =join(' ', [event.id, event.type, event.source])\n"
        "        signed_up_at: =event.received_at\n        last_seen_at: =event.time\n"
    )
    change = apply(mapping, {"id": "e1", "type": "a", "email": "a@b.co"}).people[0]
    seconds = RECEIVED_AT // 1_000_000
    assert change.set == {
        "name": "e1 a shop",
        "signed_up_at": seconds,
        "last_seen_at": seconds,
    }


def test_tags_are_words_or_what_expressions_give(person: Callable[..., PersonChange]) -> None:
    """Each once; null adds none."""
    block = "tags:\n  add: [vip, =body.plan, =body.tags]\n  remove: =body.old\n"
    body = {"email": "a@b.co", "plan": "pro", "tags": ["a", "vip", None, " "], "old": "trial"}
    change = person(block, body)
    assert (change.add_tags, change.remove_tags) == (("vip", "pro", "a"), ("trial",))
    assert person(block, {"email": "a@b.co"}).add_tags == ("vip",)


def test_a_payload_cannot_bring_tags_without_end(load: Load, apply: Apply) -> None:
    """Each costs a call: a hundred are taken, and what was left out is told."""
    body = {"email": "a@b.co", "tags": [f"t{number}" for number in range(80_000)]}
    mapped = apply(load(MATCH + "      tags:\n        add: =body.tags\n"), body)
    assert mapped.people[0].add_tags == tuple(f"t{number}" for number in range(100))
    assert "80000 names of tags: all above 100 are left out" in " ".join(mapped.warnings)


def test_unlink_and_set_once_come_out(person: Callable[..., PersonChange]) -> None:
    """As the block says."""
    block = "  crm: =body.crm\nunlink: [crm]\nset_once:\n  signed_up_at: =unix(body.at)\n"
    change = person(block, {"crm": 7, "email": "a@b.co", "at": 5_000_000})
    assert change.unlink == ("crm",)
    assert change.set_once == {"signed_up_at": 5_000_000}
    assert change.match[-1] == Identifier("crm", "7")


@pytest.mark.parametrize(
    ("more", "attach", "detach"),
    [
        ("", True, ""),
        ("      attach: false\n", False, ""),
        ("      detach: others\n", True, "others"),
        ("      detach: this\n", False, "this"),
    ],
)
def test_a_company_is_joined_by_the_route_s_person(
    load: Load, apply: Apply, more: str, attach: bool, detach: str
) -> None:
    """Unless it says otherwise."""
    mapping = load(MATCH + "    company:\n      match: {company_id: =body.c}\n" + more)
    (company,) = apply(mapping, {"email": "a@b.co", "c": "acme"}).companies
    assert (company.attach, company.detach) == (attach, detach)


class TestTrack:
    @pytest.fixture
    def track(
        self, load: Load, apply: Apply
    ) -> Callable[..., tuple[TrackChange | None, list[str]]]:
        def made(block: str, body: Any) -> tuple[TrackChange | None, list[str]]:
            text = MATCH + "    track:\n" + indent(block, "      ")
            mapped = apply(load(text), {"email": "a@b.co", **body})
            found = [one.split(": ", 1)[1] for one in mapped.warnings]
            return (mapped.tracks[0] if mapped.tracks else None), found

        return made

    def test_it_happened_when_the_event_did(self, track: Any) -> None:
        """Unless the block tells another time."""
        assert track("name: ordered\n", {})[0] == TrackChange("ordered", {}, RECEIVED_AT)
        change, _ = track("name: ordered\ntime: =body.at\n", {"at": 1_767_000_000})
        assert change.time == 1_767_000_000_000_000
        change, found = track("name: ordered\ntime: =body.at\n", {"at": "soon"})
        assert change.time == RECEIVED_AT
        assert found == ["`time` of the data event cannot be read: the event's is used"]

    def test_a_name_from_the_payload_must_be_allowed(self, track: Any) -> None:
        """Intercom keeps 120 names, and turns dots into hyphens."""
        block = "name: =body.event\nonly: [order.*, signup]\n"
        assert track(block, {"event": "order.paid"})[0].name == "order-paid"
        change, found = track(block, {"event": "other"})
        assert change is None
        assert found == ["the name of the data event is not in `only`: it is not sent"]
        assert track(block, {})[0] is None

    def test_metadata_is_flat_and_of_ten_keys(self, track: Any) -> None:
        """Nested values get dotted names, money and links stay, the rest is told."""
        block = "name: a\nmetadata: =body.m\n"
        link = {"url": "https://x.example", "value": "X"}
        change, _ = track(block, {"m": {"a": {"b": 1, "c": {"d": "e"}}, "l": link, "n": None}})
        assert change.metadata == {"a.b": 1, "a.c.d": "e", "l": link}
        many = {f"k{n:02}": n for n in range(12)}
        change, found = track(block, {"m": {**many, "z": [1]}})
        assert list(change.metadata) == list(many)[:10]
        assert found == [
            "metadata `z`: a list is left out",
            "metadata `k10`, `k11` left out: Intercom keeps 10",
        ]


def mutations(value: Any) -> Iterator[Any]:
    """Give copies of a payload with each value in turn removed or replaced."""
    strange = [GONE, None, 5, 10**400, [], [1], {}, "a\x00b", "x" * 100_000, True, 1.5]
    for path in list(paths(value)):
        for one in strange:
            changed = copy.deepcopy(value)
            *way, last = path
            inner = changed
            for step in way:
                inner = inner[step]
            if one is GONE:
                del inner[last]
            else:
                inner[last] = one
            yield changed


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to each value inside a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield (*before, key)
        if isinstance(one, dict | list):
            yield from paths(one, (*before, key))


def test_no_payload_makes_it_crash_or_act_without_an_identity(
    stripe: Mapping, apply: Apply
) -> None:
    """Any value may be gone, or anything else, and the event alone bears it."""
    for body in mutations(SUBSCRIPTION):
        try:
            mapped = apply(stripe, body)
        except ExpressionError:
            continue
        for change in (*mapped.people, *mapped.companies):
            assert all(one.value.strip() and "\x00" not in one.value for one in change.match)
            assert None not in {
                value for field, value in change.set.items() if "trial" not in field
            }


# --- role -----------------------------------------------------------------------------------------

CONTACT = "routes:\n  - on: '*'\n    contact:\n      match:\n        email: =body.email\n"


@pytest.mark.parametrize(("told", "kind"), [("user", "user"), ("lead", "lead"), (None, "contact")])
def test_the_payload_may_tell_whether_a_contact_is_a_user_or_a_lead(
    load: Load, apply: Apply, told: str | None, kind: str
) -> None:
    """And where it tells nothing the role stays."""
    mapping = load(CONTACT + "      role: =body.role\n")
    mapped = apply(mapping, {"email": "a@example.com", "role": told})
    assert (mapped.people[0].kind, mapped.warnings) == (kind, ())


def test_a_role_of_another_name_is_a_remark_and_changes_none(load: Load, apply: Apply) -> None:
    """Intercom knows only users and leads."""
    mapping = load(CONTACT + "      role: =body.role\n")
    mapped = apply(mapping, {"email": "a@example.com", "role": "admin"})
    assert mapped.people[0].kind == "contact"
    assert "neither user nor lead" in mapped.warnings[0]


# --- note -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "written"), [(" Call me\0 ", "Call me"), (7, "7"), (None, "")])
def test_a_note_is_text_that_the_payload_may_tell(
    person: Callable[..., PersonChange], told: Any, written: str
) -> None:
    """Without blanks around it; where there is none nothing is noted."""
    assert person("note: =body.text\n", {"email": "a@example.com", "text": told}).note == written


def test_a_note_that_is_no_text_is_a_remark(warnings: Callable[..., list[str]]) -> None:
    """All else of the event is applied."""
    body = {"email": "a@example.com", "text": ["x"]}
    assert warnings("note: =body.text\n", body) == [
        "the note is a list, not text or a number: it is not written"
    ]


# --- subscriptions --------------------------------------------------------------------------------


def test_subscription_types_may_be_one_name_or_a_list(
    person: Callable[..., PersonChange],
) -> None:
    """As tags are; null is no name, nor false, which a condition gives."""
    block = "subscriptions:\n  in: [Tips, =body.more]\n  out: =body.less\n"
    more = ["News", None, False]
    change = person(block, {"email": "a@example.com", "more": more, "less": 7})
    assert (change.opt_in, change.opt_out) == (("Tips", "News"), ("7",))


# --- each -----------------------------------------------------------------------------------------

TEAM = """
let:
  plan: =body.plan
routes:
  - on: '*'
    user:
      each: =body.people
      when: this.active
      match:
        external_id: =this.id
      set:
        name: =this.name
    company:
      each: =body.firms
      match:
        company_id: =this
      set:
        plan: =plan
    track:
      name: Joined
"""


def test_a_block_is_made_once_for_each_of_a_list(load: Load, apply: Apply) -> None:
    """`this` is the item, also in the block's own `when`; null is none."""
    people = [
        {"id": "u1", "name": "Ada", "active": True},
        None,
        {"id": "u2", "active": False},
        {"id": "u3", "active": True},
    ]
    mapped = apply(load(TEAM), {"people": people, "firms": ["a", "b"], "plan": "Pro"})
    assert [one.match[0].value for one in mapped.people] == ["u1", "u3"]
    assert mapped.people[0].set == {"name": "Ada"}
    assert [(one.match[0].value, one.set, one.attach) for one in mapped.companies] == [
        ("a", {"plan": "Pro"}, True),
        ("b", {"plan": "Pro"}, True),
    ]


@pytest.mark.parametrize(("firms", "made"), [(None, []), ([], []), ("a", ["a"]), (["a"], ["a"])])
def test_what_is_no_list_is_its_own_only_item(
    load: Load, apply: Apply, firms: Any, made: list[str]
) -> None:
    """Senders leave out a list of one, and an empty list."""
    mapped = apply(load(TEAM), {"firms": firms})
    assert [one.match[0].value for one in mapped.companies] == made
    assert (mapped.people, mapped.tracks) == ((), ())


def test_a_list_of_too_many_fails_the_event_with_its_place(load: Load, apply: Apply) -> None:
    """Half a list would be worse."""
    with pytest.raises(ExpressionError, match=r"yaml:18:13: `each` gives 1001 items; 1000 at most"):
        apply(load(TEAM), {"firms": list(range(1001))})


def test_this_cannot_be_seen_inside_brackets(
    load: Load, problems: Callable[..., list[str]]
) -> None:
    """As with every name of a mapping; the check says so."""
    text = TEAM.replace("=this.name", "=body.names[?id == this.id]")
    assert "`this` is a field of each element here" in problems(text, TOP)[0]


def test_a_link_may_have_several_names_for_one_person(load: Load, apply: Apply) -> None:
    """In the order given, each once, blank ones left out; a field of Intercom takes no list."""
    mapping = load("""\
    routes:
      - user:
          match:
            external_id: =[body.id, body.old]
            crm: =[body.id, body.old, body.others][]
          missing: skip
    """)
    made = apply(mapping, {"id": 7, "old": "5", "others": [7, None, "3", [1]]})
    assert [(one.name, one.value) for one in made.people[0].match] == [
        ("crm", "7"),
        ("crm", "5"),
        ("crm", "3"),
    ]
