"""A mapping that cannot work is refused when it is loaded, with file, line and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.errors import MappingError
from bridge.mapping.load import load_folders, load_mapping
from bridge.mapping.mapping import Mapping
from bridge.model import Missing, Policy, Verification

SCHEMES = {"token": ("header",)}
TOP = "source: shop\nverify: {scheme: token, secret: S}\n"

Problems = Callable[..., list[str]]

ROUTE = """\
routes:
  - on: a
    user:
      match:
        email: =body.email
"""


def test_the_design_s_own_mapping_loads(stripe: Mapping) -> None:
    """What the documentation shows is what works."""
    assert stripe.source == "stripe"
    assert stripe.title == "Stripe billing"
    assert stripe.verification == Verification("stripe", "STRIPE_WEBHOOK_SECRET", {})
    assert [route.name for route in stripe.routes] == [
        "customer.subscription.*",
        "customer.created, customer.updated",
        "customer.deleted",
    ]


def test_what_the_top_says_is_there(load: Callable[..., Mapping]) -> None:
    """Scheme parameters, sizes and defaults come out as values."""
    mapping = load(
        """\
        source: shop
        about: What the shop sells.
        verify:
          scheme: hmac
          secret: SHOP_SECRET
          header: [x-a, x-b]
          template: "{body}"
        receive:
          max_body: 2048
        defaults:
          missing: {wait: 2h}
          archived: unarchive
          ambiguous: newest
          attributes: park
          fold: 2.5
        routes:
          - on: a
            user:
              archived: skip
              match:
                email: =body.email
        """,
        top="",
    )
    assert mapping.verification.parameters == {"header": ["x-a", "x-b"], "template": "{body}"}
    assert (mapping.reception.max_body, mapping.fold) == (2048, 2.5)
    assert mapping.about == "What the shop sells."
    missing = Missing("wait", 7200, "park")
    assert mapping.policy == Policy(missing, "unarchive", "newest", "park")
    person = mapping.routes[0].person
    assert person is not None
    assert person.policy == Policy(missing, "skip", "newest", "park")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n", ["1:1: a mapping is a block of keys: begin with `source:`"]),
        (
            "sorce: shop\n",
            [
                "1:1: `sorce` is no key of this file; did you mean `source`?",
                "1:1: `source` is missing here: the name in /hooks/<source>: a-z, 0-9, _ and -",
                "1:1: `verify` is missing here: how requests prove their sender",
                "1:1: `routes` is missing here: the first that matches is taken",
            ],
        ),
        (
            "source: Shop One\nverify: {scheme: token, secret: S}\n" + ROUTE,
            ["1:9: `Shop One` cannot name a source: it is part of a URL; use a-z, 0-9, _ and -"],
        ),
        (
            "source: operation\nverify: {scheme: token, secret: S}\n" + ROUTE,
            ["1:9: `operation` is a source of the bridge's own: choose another name"],
        ),
        (
            "source: shop\nverify: {scheme: tokn, secret: S}\n" + ROUTE,
            ["2:18: `tokn` is no signature scheme; did you mean `token`?"],
        ),
        (
            "source: shop\nverify: {scheme: token}\n" + ROUTE,
            ["2:9: `secret` is missing here: name of the environment variable holding it"],
        ),
        (
            "source: shop\nverify: {scheme: token, secret: S, hedaer: x}\n" + ROUTE,
            ["2:36: `hedaer` is no key of `verify`; did you mean `header`?"],
        ),
        *[
            (
                f"source: shop\nverify: {{scheme: token, secret: {name}}}\n" + ROUTE,
                [f"2:33: `{name}` is a setting of the bridge's own: name another"],
            )
            for name in ("INTERCOM_ACCESS_TOKEN", "BRIDGE_ADMIN_TOKEN", "DATABASE_URL")
        ],
        (
            "source: shop\nverify: {scheme: token, secret: whsec_abc}\n" + ROUTE,
            [
                "2:33: `secret` takes the name of an environment variable such as "
                "STRIPE_WEBHOOK_SECRET, never the secret itself"
            ],
        ),
        (
            TOP + "receive: {max_body: big, each: body, ack: x, handshake: y, form: z}\n" + ROUTE,
            [
                "2:9: `receive.form` is for browsers, which sign nothing: scheme open",
                "3:21: `max_body` takes a whole number",
                "3:32: `each` takes an expression behind =",
                "3:43: `ack` takes a block of keys",
                "3:57: `handshake` takes a block of keys",
                "3:66: `form` takes a block of keys",
            ],
        ),
        (
            TOP + "routes:\n- on: a\n  company:\n    missing: skip\n"
            "    match:\n      company_id: =body.id\n",
            [
                "6:5: `missing` is no key of `company`; it belongs to `defaults`, "
                "`user`, `lead` and `contact`"
            ],
        ),
        (
            TOP + "event:\n  id: =body.id\n  typ: =body.type\n" + ROUTE,
            ["5:3: `typ` is no key of `event`; did you mean `type`?"],
        ),
        (
            TOP + "defaults: {archived: keep, missing: wait, ambiguous: new}\n" + ROUTE,
            [
                "3:22: `archived` cannot be `keep`: it takes `park`, `unarchive`, `skip`",
                "3:37: `missing` cannot be `wait`: it takes `create`, `skip`, "
                "or the keys of `missing`",
                "3:54: `ambiguous` cannot be `new`: it takes `park`, `newest`",
            ],
        ),
        (
            TOP + "defaults: {missing: {wait: 3 days, then: wait}}\n" + ROUTE,
            [
                "3:28: `wait` takes a duration such as 72h, 30m or 7d",
                "3:42: `then` cannot be `wait`: it takes `park`, `skip`, `create`",
            ],
        ),
        (
            TOP + "defaults: {missing: {wait: 91d}}\n" + ROUTE,
            ["3:22: `wait` is more than 0 and at most 90d"],
        ),
        (
            TOP + "defaults: {payload_attributes: {at_most: 0}}\n" + ROUTE,
            ["3:42: `at_most` is from 1 to 250, which is what Intercom keeps"],
        ),
        (
            TOP + "types: {plan: text}\n" + ROUTE,
            ["3:15: `text` is no type; there is: `string`, `integer`, `float`, `boolean`, `date`"],
        ),
        (
            TOP + "let:\n  body: =event.id\n  a-b: =body.x\n  ok: =body.x\n" + ROUTE,
            [
                "4:3: `body` is a name of the bridge's own: choose another",
                "5:3: `a-b` cannot name a value: use letters, digits and _, a letter first",
            ],
        ),
        (
            TOP + "tables:\n  one: two\n  plan:\n    a: [b]\n" + ROUTE,
            [
                "4:8: table `one` is a block of keys and values",
                "6:8: `a` of a table takes one literal value",
            ],
        ),
        (TOP + "routes: {}\n", ["3:9: `routes` takes a list of blocks"]),
        (TOP + "routes: []\n", ["3:9: `routes` is an empty list: fill it, or remove the key"]),
        (TOP + "routes:\n  - user\n", ["4:5: each item of `routes` is a block of keys"]),
        (TOP + "title:\n" + ROUTE, ["3:7: `title` has no value: write one, or remove the key"]),
        (TOP + "title: 12\n" + ROUTE, ["3:8: `title` takes text"]),
    ],
)
def test_the_top_of_a_file_is_checked(text: str, expected: list[str], problems: Problems) -> None:
    """Every problem is told with what to write instead."""
    assert problems(text) == expected


def test_a_fault_inside_an_expression_is_told_at_its_own_column(problems: Problems) -> None:
    """The column is that of the wrong word, not of the value."""
    (found,) = problems(TOP + "event:\n  id: =body.id\n  time: =unx(body.at)\n" + ROUTE)
    assert found.startswith("5:10: ")
    (found,) = problems(TOP + 'event:\n  id: "=not_null(body.id, boddy.id)"\n' + ROUTE)
    assert found.startswith("4:27: `boddy` ")


def test_the_event_block_sees_only_the_request(problems: Problems) -> None:
    """`event` is what it makes, so it cannot use it."""
    (found,) = problems(TOP + "event:\n  subject: =event.id\n" + ROUTE)
    assert found.startswith("4:13: `event` ")


def test_all_problems_of_a_file_are_told_at_once(problems: Problems) -> None:
    """Nobody has to mend a file ten times."""
    found = problems(
        "source: Shop\nverify: {scheme: tokn, secret: s}\nevnt: {}\nroutes:\n"
        "  - on: a\n    usr: {}\n  - on: a\n    user: {mach: {}}\n"
    )
    assert [one.split(": ", 1)[0] for one in found] == [
        "1:9",
        "2:18",
        "2:32",
        "3:1",
        "6:5",
        "7:5",
        "8:11",
        "8:12",
    ]


def test_no_slip_of_the_hand_is_more_than_a_problem(stripe: Mapping, tmp_path: Path) -> None:
    """Whatever is lost or typed in, the file loads or is refused with places inside it."""
    lines = Path(stripe.path).read_text().split("\n")
    path = tmp_path / "slip.yaml"
    told: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        begin = line.split(":")[0]
        for other in (
            None,
            f"{begin}: []",
            f"{begin}: {{a: =f(b, c)}}",
            f"{begin}: !x",
            f"- {line}",
        ):
            text = "\n".join([*lines[:number], *([other] if other else []), *lines[number + 1 :]])
            path.write_text(text)
            try:
                load_mapping(path, schemes={"stripe": ()})
            except MappingError as refused:
                told += [(one.line, one.column) for one in refused.problems]
    assert told
    assert all(0 < line <= len(lines) and column > 0 for line, column in told)


def test_a_secret_written_into_the_file_is_not_repeated(problems: Problems) -> None:
    """Messages go to logs, secrets do not."""
    text = "source: shop\nverify: {scheme: token, secret: sk_live_1234}\n" + ROUTE
    assert "sk_live_1234" not in " ".join(problems(text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A path is named with what went wrong."""
    with pytest.raises(MappingError, match="the file cannot be read: No such file"):
        load_mapping(tmp_path / "none.yaml", schemes=SCHEMES)


class TestFolders:
    def write(self, path: Path, source: str, title: str = "T", more: str = ROUTE) -> None:
        path.parent.mkdir(exist_ok=True)
        text = f"source: {source}\ntitle: {title}\nverify: {{scheme: token, secret: S}}\n"
        path.write_text(text + more)

    def test_a_later_folder_wins(self, tmp_path: Path) -> None:
        """One's own mappings stay apart from the shipped ones."""
        self.write(tmp_path / "a" / "shop.yaml", "shop", "shipped")
        self.write(tmp_path / "a" / "crm.yaml", "crm", "shipped")
        self.write(tmp_path / "b" / "own.yaml", "shop", "own")
        found = load_folders([tmp_path / "a", tmp_path / "b"], SCHEMES)
        titles = {source: mapping.title for source, mapping in found.mappings.items()}
        assert (titles, found.broken) == ({"shop": "own", "crm": "shipped"}, {})

    def test_a_broken_file_harms_only_its_own_source(self, tmp_path: Path) -> None:
        """It is known by its source, or by its name where that cannot be read."""
        self.write(tmp_path / "a" / "one.yaml", "shop", more="routs: []\n")
        (tmp_path / "a" / "crm.yaml").write_text("source: [")
        self.write(tmp_path / "a" / "good.yaml", "good")
        found = load_folders([tmp_path / "a"], SCHEMES)
        assert (set(found.mappings), set(found.broken)) == ({"good"}, {"shop", "crm"})

    def test_a_broken_file_of_one_s_own_is_not_replaced_by_the_shipped_one(
        self, tmp_path: Path
    ) -> None:
        """What the operator has replaced must not come back by a slip."""
        self.write(tmp_path / "a" / "shop.yaml", "shop")
        self.write(tmp_path / "b" / "shop.yaml", "shop", more="routs: []\n")
        found = load_folders([tmp_path / "a", tmp_path / "b"], SCHEMES)
        assert (set(found.mappings), set(found.broken)) == (set(), {"shop"})

    def test_two_files_of_one_source_are_refused(self, tmp_path: Path) -> None:
        """Which of them counts would be chance."""
        self.write(tmp_path / "a" / "one.yaml", "shop")
        self.write(tmp_path / "a" / "two.yaml", "shop")
        found = load_folders([tmp_path / "a"], SCHEMES)
        (problem,) = found.broken["shop"].problems
        assert problem.file.endswith("two.yaml")
        assert "one.yaml` is for the same source: keep one" in problem.message
        assert not found.mappings

    def test_a_file_that_would_not_be_read_is_told(self, tmp_path: Path) -> None:
        """A mapping named .yml is no mapping that silently does nothing."""
        self.write(tmp_path / "a" / "shop.yml", "shop")
        found = load_folders([tmp_path / "a", tmp_path / "none"], SCHEMES)
        assert "name this file .yaml" in str(found.broken["shop"])
        assert "does not exist" in str(found.broken["none"])
