"""A route that cannot do what it says is refused when it is loaded."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent

import pytest

from bridge.mapping.mapping import Mapping
from bridge.mapping.routes import covers

TOP = "source: shop\nverify: {scheme: token, secret: S}\ntypes: {plan: string}\nroutes:\n"

Problems = Callable[..., list[str]]
Load = Callable[..., Mapping]

USER = "- on: a\n  user:\n    match: {email: =body.email}\n"


def route(text: str) -> str:
    return TOP + indent(dedent(text), "  ")


def inside(text: str, match: str = "email: =body.email") -> str:
    """Give a file whose user block begins in line 6 and goes on in line 8."""
    return route(f"- on: a\n  user:\n    match: {{{match}}}\n" + indent(dedent(text), "    "))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "set:\n  nmae: =body.x\n",
            "9:9: `nmae` is no field of a contact; did you mean `name`? "
            "Your own fields go under `custom_attributes`",
        ),
        (
            "set:\n  favourite_colour: =body.x\n",
            "9:9: `favourite_colour` is no field of a contact. "
            "Your own fields go under `custom_attributes`",
        ),
        (
            "set:\n  created_at: =body.x\n",
            "9:9: `created_at` is Intercom's own: it can be read, not written",
        ),
        (
            "set:\n  user_id: =body.x\n",
            "9:9: `user_id` is not set here: Intercom calls it `external_id`",
        ),
        (
            "set:\n  role: user\n",
            "9:9: `role` is not set here: `role` is a key beside `set`; "
            "`user:`, `lead:` and `contact:` choose it",
        ),
        (
            "set:\n  email: =or_clear(body.email)\n",
            "9:16: `email` is never cleared: remove `or_clear`",
        ),
        (
            "set:\n  external_id: =or_clear(body.id)\n",
            "9:22: `external_id` is never cleared: remove `or_clear`",
        ),
        (
            "set_once:\n  name: =or_clear(body.name)\n",
            "9:15: `set_once` never clears: remove `or_clear`",
        ),
        (
            "set:\n  name:\n",
            "9:14: `name` has no value: write one, or `=or_clear(…)` to clear it",
        ),
        ("set:\n  name: [a]\n", "9:15: `name` takes one value, not a block or list"),
        (
            "set:\n  name: body.name\n",
            "9:15: `body.name` would be written as text: write `=body.name`, "
            "or put it in quotes if the text is meant",
        ),
        (
            "set:\n  name: lower(body.name)\n",
            "9:15: `lower(body.name)` would be written as text: write `=lower(body.name)`, "
            "or put it in quotes if the text is meant",
        ),
        (
            "set:\n  custom_attributes:\n    size: =body.size\n",
            "10:11: nothing tells the type of `size`: add it to `types` "
            "(string, integer, float, boolean, date), for types never change at Intercom",
        ),
        (
            "set:\n  custom_attributes:\n    a.b: =text(body.size)\n",
            "10:11: `a.b` cannot name a custom attribute: "
            "Intercom takes up to 190 letters, digits, `_`, `-`, spaces within and signs of "
            "currencies",
        ),
        (
            "set:\n  custom_attributes:\n    'size ': =text(body.size)\n",
            "10:11: `size ` cannot name a custom attribute: "
            "Intercom takes up to 190 letters, digits, `_`, `-`, spaces within and signs of "
            "currencies",
        ),
        (
            "set:\n  custom_attributes: x\n",
            "9:28: `custom_attributes` takes a block of keys, "
            "or one expression that gives an object",
        ),
        (
            "set:\n  custom_attributes: [a]\n",
            "9:28: `custom_attributes` takes a block of keys, "
            "or one expression that gives an object",
        ),
        (
            "set:\n  custom_attributes: =lower(body.name)\n",
            "9:28: `custom_attributes` takes an object; this gives string",
        ),
        (
            "set:\n  custom_attributes: =or_clear(body.traits)\n",
            "9:28: `or_clear` clears one field: name it in a block",
        ),
        (
            "payload_attributes: {at_most: 300}\n",
            "8:37: `at_most` is from 1 to 250, which is what Intercom keeps",
        ),
        ("unlink: [email]\n", "8:16: `email` is no link of this `match`; its links: none"),
        ("each: items\n", "8:13: `each` takes an expression behind ="),
        (
            "each: =or_clear(body.items)\n",
            "8:13: `or_clear` belongs to `set`: `each` takes a list",
        ),
        (
            "set:\n  name: =this.name\n",
            "9:16: `this` is no name of this mapping; "
            "here are: `body`, `event`, `headers`, `query`.",
        ),
        (
            "role: user\n",
            "8:7: `user` says the role already: remove `role`, or make the block a `contact`",
        ),
        (
            "delete: archive\nset: {name: x}\n",
            "9:7: `set` cannot stand beside `delete`: "
            "only `when`, `match`, `missing`, `archived` can",
        ),
        (
            "delete: gone\n",
            "8:15: `delete` cannot be `gone`: it takes `permanently`, `archive`",
        ),
        ("note: [x]\n", "8:13: `note` takes a literal, or an expression behind ="),
        (
            "note: =or_clear(body.text)\n",
            "8:7: `or_clear` belongs to `set`: a note clears nothing",
        ),
        ("subscriptions: [a]\n", "8:22: `subscriptions` takes a block of keys"),
        (
            "subscriptions: {in: [News, Tips], out: news}\n",
            "8:46: `news` stands under `in` and `out`",
        ),
        ("fold: soon\n", "8:13: `fold` takes a number of seconds"),
        ("tags: [a]\n", "8:13: `tags` takes a block of keys"),
        ("tags: {ad: [a]}\n", "8:14: `ad` is no key of `tags`; did you mean `add`?"),
        (
            "email: =body.email\n",
            "8:7: `email` is no key of `user`, `lead` and `contact`; "
            "it belongs to `set`, or to `match`",
        ),
        ("when:\n", "8:12: `when` has no value: write one, or remove the key"),
    ],
)
def test_a_person_block_is_checked(text: str, expected: str, problems: Problems) -> None:
    """Each message has its place and the nearest right name."""
    assert problems(inside(text)) == [expected]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (
            "emial: =body.x",
            "7:15: `emial` would be a link; did you mean `email`? Else choose another name",
        ),
        (
            "Stripe-Id: =body.x, email: =body.y",
            "7:15: `Stripe-Id` cannot name a link: use a-z, 0-9 and _, a letter first",
        ),
        (
            "company_id: =body.x, email: =body.y",
            "7:15: `company_id` identifies a company: it cannot stand in this `match`",
        ),
        (
            "cus: =body.x",
            "7:7: links alone cannot create a user: add `external_id` or `email` "
            "to `match`, or say `missing: skip` or how long to `wait`",
        ),
        (
            "phone: =body.x",
            "7:7: these identifiers cannot create a user: add `external_id` or "
            "`email` to `match`, or say `missing: skip` or how long to `wait`",
        ),
        ("email: =or_clear(body.x)", "7:22: `or_clear` belongs to `set`: nobody is found by null"),
        (
            "email: me",
            "7:22: `email` takes an expression behind =: fixed text means the same one always",
        ),
        ("", "7:7: `match` names no identifier"),
    ],
)
def test_match_is_checked(match: str, expected: str, problems: Problems) -> None:
    """Nobody would be found, or created, by these."""
    assert problems(inside("", match)) == [expected]


@pytest.mark.parametrize("missing", ["skip", "{wait: 2h}", "{wait: 2h, then: skip}"])
def test_links_alone_may_wait_or_skip(missing: str, load: Load) -> None:
    """Only creating needs more than a link."""
    assert load(inside(f"missing: {missing}\n", "cus: =body.x"), top="")


def test_links_alone_do_not_create_after_waiting_either(problems: Problems) -> None:
    """`then: create` needs an identifier as much as `create` does."""
    (found,) = problems(inside("missing: {wait: 2h, then: create}\n", "cus: =body.x"))
    assert found.startswith("8:7: links alone cannot create a user")


def test_a_lead_may_be_created_by_phone(load: Load) -> None:
    """Intercom asks nothing of a lead."""
    assert load(route("- lead:\n    match: {phone: =body.x}\n"), top="")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "- on: a\n  company:\n    match: {crm: =body.id}\n",
            ["7:7: a company is matched by `company_id`: add it to `match`"],
        ),
        (
            "- on: a\n  company:\n    match: {company_id: =body.id, email: =body.x}\n",
            ["7:37: `email` identifies a person: it cannot stand in this `match`"],
        ),
        (
            "- on: a\n  company:\n    match: {company_id: =body.id}\n    attach: true\n",
            ["8:7: `attach` needs a person who stays: add `user`, `lead` or `contact`"],
        ),
        (
            USER + "  company:\n    match: {company_id: =body.id}\n    attach: true\n"
            "    detach: this\n",
            ["11:7: `attach: true` and `detach: this` contradict"],
        ),
        (
            USER + "  company:\n    match: {company_id: =body.id}\n    set:\n"
            "      company_id: x\n      sise: =body.n\n      user_count: =body.n\n",
            [
                "11:9: `company_id` is not set here: `company_id` belongs to `match`: "
                "it never changes",
                "12:9: `sise` is no field of a company; did you mean `size`? "
                "Your own fields go under `custom_attributes`",
                "13:9: `user_count` is Intercom's own: it can be read, not written",
            ],
        ),
        (
            USER + "  company: {}\n",
            ["8:14: `match` is missing here: identifiers, tried in this order; all are remembered"],
        ),
        (
            "- on: a\n  track:\n    name: ordered\n",
            [
                "7:7: a data event belongs to a person who stays: "
                "add `user`, `lead` or `contact` to the route"
            ],
        ),
        (
            USER + "  track:\n    name: =body.event\n",
            [
                "9:7: a name from the payload needs `only:` with the names allowed, "
                "for Intercom keeps no more than 120 names"
            ],
        ),
        (
            USER + "  track:\n    name: order.paid$\n",
            ["9:13: Intercom turns `.` and `$` of event names into `-`: write `order-paid-`"],
        ),
        (
            USER
            + "  track:\n    name: a\n    metadata:\n"
            + "".join(f"      k{n}: =body.k{n}\n" for n in range(12)),
            [
                f"{line}:9: `k{n}` is one too many: Intercom keeps 10 keys of metadata"
                for line, n in ((21, 10), (22, 11))
            ],
        ),
        (
            USER + "  lead:\n    match: {email: =body.x}\n",
            ["8:5: a route has one person: `user` is already in this one"],
        ),
        (
            "- on: a\n  usr: {}\n",
            ["6:5: `usr` is no key of a route; did you mean `user`?"],
        ),
        (
            "- on: a\n  set: {name: x}\n",
            [
                "6:5: `set` is no key of a route; it belongs to `user`, `lead` and `contact`, "
                "`company`"
            ],
        ),
        ("- on: 12\n", ["5:9: `on` takes one text, or a list of texts"]),
    ],
)
def test_a_route_is_checked(text: str, expected: list[str], problems: Problems) -> None:
    """What Intercom would refuse or ignore is told before the first event."""
    assert problems(route(text)) == expected


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a", "a"),
        ("a.*", "a.b"),
        ("a.*", "a.b.*"),
        ("'*'", "a"),
        ("[a, b]", "b"),
        ("a.*", "[a.b, a.c]"),
    ],
)
def test_a_route_no_event_can_reach_is_refused(first: str, second: str, problems: Problems) -> None:
    """The first that matches is taken, so the second never is."""
    more = USER.replace("on: a", f"on: {second}")
    assert problems(route(USER.replace("on: a", f"on: {first}") + more)) == [
        "8:5: no event reaches this route: the one in line 5 takes all its types; "
        "give that one a `when`, or put this one above it"
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("a.b", "a.*"),
        ("a\n  when: body.x", "a"),
        ("a", "[a, b]"),
        ("a.?", "a.*"),
        ("a.[bc]", "a.*"),
    ],
)
def test_a_route_some_event_can_reach_is_kept(first: str, second: str, load: Load) -> None:
    """Only certainty refuses."""
    more = USER.replace("on: a", f"on: {second}")
    assert len(load(route(USER.replace("on: a", f"on: {first}") + more), top="").routes) == 2


def test_a_route_without_on_takes_every_type(problems: Problems) -> None:
    """Whatever follows it is never reached."""
    text = route(USER.replace("- on: a\n  user", "- user") + USER)
    assert problems(text)[0].startswith("7:5: no event reaches this route")


def test_a_question_mark_is_not_taken_for_a_star() -> None:
    """A wide glob must match all that a narrow one can."""
    assert not covers("x?", "x*")
    assert covers("x*", "x?y")
    assert covers("x?", "xy")


def test_routes_are_called_what_people_recognise(load: Load) -> None:
    """By their types; by their number where these do not tell them apart."""
    mapping = load(
        route(
            "- on: a.*\n  when: body.x\n  user:\n    match: {email: =body.e}\n"
            "- on: a.*\n  user:\n    match: {email: =body.e}\n"
            "- on: [b, c]\n  user:\n    match: {email: =body.e}\n"
            "- user:\n    match: {email: =body.e}\n"
        ),
        top="",
    )
    names = [one.name for one in mapping.routes]
    assert names == ["a.* (routes[0])", "a.* (routes[1])", "b, c", "routes[3]"]


def test_names_of_let_are_seen_by_what_follows(problems: Problems) -> None:
    """Each sees the names above it; those of a route are its own."""
    text = route(
        "- on: a\n  let:\n    one: =two.x\n    two: =body.x\n    three: =two.y\n"
        "  user:\n    match: {email: =three}\n"
        "- on: b\n  user:\n    match: {email: =three.x}\n"
    )
    assert [one.split(" ", 2)[:2] for one in problems(text)] == [
        ["7:13:", "`two`"],
        ["14:23:", "`three`"],
    ]


def test_a_let_does_not_take_a_name_again(problems: Problems) -> None:
    """One name means one thing."""
    text = TOP.replace("routes:", "let: {one: =body.x}\nroutes:") + indent(
        "- on: a\n  let: {one: =body.y}\n  user:\n    match: {email: =one}\n", "  "
    )
    assert problems(text) == ["7:11: `one` is a name already: choose another"]


def test_or_clear_belongs_to_set(problems: Problems) -> None:
    """Anywhere else, clearing means nothing."""
    text = route("- on: a\n  let:\n    one: =or_clear(body.x)\n  user:\n    match: {email: =one}\n")
    assert problems(text) == ["7:12: `or_clear` belongs to a whole value of `set`"]


def test_somebody_who_is_removed_joins_no_company(load: Load, problems: Problems) -> None:
    """A company of the same route is written all the same, nobody is attached."""
    gone = "- contact:\n    match: {crm: =body.id}\n    delete: permanently\n"
    company = "  company:\n    match: {company_id: =body.c}\n"
    assert load(route(gone + company), top="")
    assert problems(route(gone + company + "    attach: true\n")) == [
        "10:7: `attach` needs a person who stays: add `user`, `lead` or `contact`"
    ]


def test_a_route_says_how_long_a_first_event_waits_for_more(load: Load) -> None:
    """The less patient block decides, then `defaults`; `when` is not asked."""
    mapping = load(
        """
        defaults: {fold: 2}
        routes:
          - on: invoice.*
            when: body.x
            user: {fold: 30, match: {email: =body.email}}
            company: {fold: 20, match: {company_id: =body.firm}}
          - on: [invoice.paid, trial.*]
            user: {fold: 0, match: {email: =body.email}}
          - on: other
            user: {match: {email: =body.email}}
        """,
        top=TOP.removesuffix("routes:\n"),
    )
    types = ("invoice.paid", "trial.ended", "other", "unheard of")
    assert [mapping.wait(one, 1) for one in types] == [20, 0, 2, 2]
    assert mapping.longest_wait(1) == 20


def test_a_mapping_that_says_nothing_leaves_the_wait_to_the_configuration(load: Load) -> None:
    """BRIDGE_FOLD_SECONDS is for all sources."""
    mapping = load(route(USER), top="")
    assert (mapping.wait("a", 1.5), mapping.longest_wait(1.5)) == (1.5, 1.5)
