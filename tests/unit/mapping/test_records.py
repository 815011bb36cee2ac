"""Records: rows kept of a subject, and what several of them add up to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bridge.errors import ExpressionError
from bridge.mapping.lint import stored
from bridge.mapping.mapping import Mapping
from bridge.mapping.money import freeze, thaw
from bridge.mapping.records import LONGEST_VALUE, MOST_ROWS, NOTHING, Records
from bridge.model import Mapped, Moment, Row
from tests.unit.mapping.conftest import TOP, receipt_of

BILLING = """\
event:
  type: =body.type
  time: =body.at
  subject: =body.customer
let:
  object: =body.object
  spend: =sum(records.subscriptions[?status == 'active'].spend)
types:
  spend: float
  newest_plan: string
records:
  invoices:
    on: invoice.*
    when: object.paid
    key: =object.id
    keep:
      paid: =money(object.paid, object.currency)
routes:
  - on: sub.*
    when: length(records.invoices) < `3`
    records:
      subscriptions:
        key: =object.id
        delete: event.type == 'sub.deleted'
        keep:
          status: =object.status
          plan: =object.plan
          spend: =money(object.spend, object.currency)
    user:
      match:
        customer: =body.customer
      missing: skip
      set:
        name: =object.plan
        custom_attributes:
          spend: =spend
          newest_plan: =records.subscriptions[-1].plan
          total_paid: =sum(records.invoices[].paid)
    track:
      name: Subscription changed
      when: records.subscriptions
      metadata:
        spend: =spend
"""
SPEND = "custom_attributes.spend"


class Customer:
    """One customer whose events are mapped one after another, as a worker does."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self.records = NOTHING
        self.count = 0

    def tell(self, type_: str, id_: str, at: int, **more: Any) -> Mapped:
        """Map one event, and keep the rows it tells."""
        self.count += 1
        fields = {"id": id_, "currency": "eur", **more}
        body = {"type": type_, "at": at, "customer": "cus_1", "object": fields}
        receipt = receipt_of(body)
        (event,) = self.mapping.read(body, receipt)
        numbered = replace(stored(event, receipt), id=self.count)
        mapped = self.mapping.map(body, numbered, records=self.records)
        self.records = self.records.told(mapped.rows)
        return mapped

    def sub(self, id_: str, at: int, spend: int = 0, status: str = "active", **more: Any) -> Mapped:
        return self.tell("sub.updated", id_, at, spend=spend, status=status, plan=id_, **more)


@pytest.fixture
def customer(load: Callable[..., Mapping]) -> Customer:
    return Customer(load(BILLING))


def user(mapped: Mapped) -> dict[str, Any]:
    (person,) = mapped.people
    return {name.removeprefix("custom_attributes."): one for name, one in person.set.items()}


# --- what is seen ---------------------------------------------------------------------------------


def test_an_event_sees_its_own_row_and_those_of_events_before(customer: Customer) -> None:
    """In `set`, `let`, `track` and conditions alike."""
    assert user(customer.sub("a", 10, 1250))["spend"] == 12.5
    second = customer.sub("b", 20, 800)
    assert user(second)["spend"] == 20.5
    (event,) = second.tracks
    assert event.metadata == {"spend": {"amount": 2050, "currency": "eur"}}


def test_of_one_key_the_newest_fact_counts(customer: Customer) -> None:
    """A repeat changes nothing, an older fact that comes late neither."""
    customer.sub("a", 20, 2000)
    assert user(customer.sub("a", 10, 500))["spend"] == 20
    assert customer.sub("a", 15, 900).rows == ()
    assert user(customer.sub("a", 30, 100))["spend"] == 1


def test_a_row_that_is_gone_does_not_come_back(customer: Customer) -> None:
    """What it said before it went may arrive after."""
    customer.sub("a", 10, 1000)
    customer.sub("b", 10, 500)
    assert user(customer.tell("sub.deleted", "a", 30))["spend"] == 5
    assert user(customer.sub("a", 20, 7000))["spend"] == 5


def test_rows_are_listed_from_the_oldest_fact_to_the_newest(customer: Customer) -> None:
    """So `[-1]` is the one that was told of last, by the sender's time."""
    customer.sub("b", 20)
    assert user(customer.sub("a", 10))["newest_plan"] == "b"
    assert user(customer.sub("a", 30))["newest_plan"] == "a"


def test_nothing_kept_adds_up_to_nothing(customer: Customer) -> None:
    """An empty list, never null."""
    assert user(customer.sub("a", 10, status="canceled"))["spend"] == 0
    assert user(customer.sub("a", 10))["total_paid"] == 0


def test_records_of_the_file_are_kept_whether_a_route_takes_the_event_or_not(
    customer: Customer,
) -> None:
    """No route is for invoices, and a route's `when` sees them."""
    paid = customer.tell("invoice.paid", "i1", 10, paid=100)
    assert paid.skipped is not None
    assert [row.key for row in paid.rows] == ["i1"]
    assert user(customer.sub("a", 10))["total_paid"] == 1
    assert customer.tell("invoice.sent", "i2", 10).rows == ()
    for id_ in ("i3", "i4"):
        customer.tell("invoice.paid", id_, 10, paid=100)
    assert "the `when` of none holds" in (customer.sub("a", 20).skipped or "")


# --- money ----------------------------------------------------------------------------------------


def test_money_in_rows_is_exact(customer: Customer) -> None:
    """Ten times ten cents is one, and yen have none."""
    for number in range(10):
        last = customer.sub(f"s{number}", number + 1, 10)
    assert user(last)["spend"] == 1
    assert freeze(Decimal("1.5")) == 1.5


def test_currencies_are_not_added_up(customer: Customer) -> None:
    """Null and a warning: a number would be wrong."""
    customer.sub("a", 10, 1000)
    mixed = customer.sub("b", 20, 1000, currency="usd")
    assert "spend" not in user(mixed)
    assert any("currencies" in one for one in mixed.warnings)


def test_what_is_unknown_makes_the_sum_unknown(customer: Customer) -> None:
    """Not zero."""
    customer.sub("a", 10, 1000)
    customer.tell("sub.updated", "b", 20, status="active", plan="b")
    assert "spend" not in user(customer.sub("c", 30, 100))


# --- from when it counts --------------------------------------------------------------------------


def test_what_a_late_event_computes_is_as_new_as_the_newest_row(customer: Customer) -> None:
    """It knows all that the newer event knew, and more; what it says itself stays old."""
    newer = customer.sub("a", 100, 1000)
    late = customer.sub("b", 50, 500)
    (change,) = late.people
    assert change.as_of[SPEND] == Moment(100_000_000, 0, 1)
    assert "name" not in change.as_of
    assert newer.people[0].as_of[SPEND] == Moment(100_000_000, 0, 1)


def test_rows_of_other_records_make_nothing_newer(customer: Customer) -> None:
    """Each value is as new as what it was computed over."""
    customer.sub("a", 10, 1000)
    customer.tell("invoice.paid", "i1", 100, paid=100)
    (change,) = customer.sub("b", 20, 500).people
    assert change.as_of[SPEND].time == 20_000_000
    assert change.as_of["custom_attributes.total_paid"].time == 100_000_000


# --- bounds ---------------------------------------------------------------------------------------


def rows(count: int, record: str = "subscriptions") -> list[Row]:
    values = {"status": "active", "spend": freeze(None), "plan": "x"}
    return [Row(record, f"k{n}", Moment(n, 0, n), values) for n in range(count)]


def test_a_record_with_too_many_rows_is_unknown(customer: Customer) -> None:
    """A part of the rows would add up to a wrong number; no more are kept."""
    customer.records = Records.of(rows(MOST_ROWS - 1))
    assert user(customer.sub("last", 10_000))["newest_plan"] == "last"
    over = customer.sub("over", 10_001)
    assert "newest_plan" not in user(over)
    assert any("more than 1,000 rows" in one for one in over.warnings)
    assert customer.sub("still", 10_002).rows == ()


@pytest.mark.parametrize("key", [None, "", "  ", "x" * 201, "a\0b", [], {}, True])
def test_a_row_without_a_usable_key_is_not_kept(key: Any, customer: Customer) -> None:
    """With a remark; the event goes on."""
    mapped = customer.sub(key, 10, 500)
    assert mapped.rows == ()
    assert user(mapped)["spend"] == 0
    assert any("no row is kept" in one for one in mapped.warnings)


@pytest.mark.parametrize(
    "value", ["x" * (LONGEST_VALUE + 1), ["x" * 100] * 30, 10**2500], ids=["text", "list", "number"]
)
def test_a_value_that_is_too_large_is_kept_as_null(value: Any, customer: Customer) -> None:
    """One row stays small, whatever a payload holds."""
    mapped = customer.tell("sub.updated", "a", 10, status=value)
    assert mapped.rows[0].values == {"status": None, "plan": None, "spend": None}
    assert any("kept as null" in one for one in mapped.warnings)


def test_what_is_kept_is_the_same_when_it_is_read_again(customer: Customer) -> None:
    """Numbers, lists and Money alike."""
    mapped = customer.sub("a", 10, 1250)
    values = mapped.rows[0].values or {}
    assert str(thaw(values["spend"])) == "12.50 EUR"


def test_an_error_in_a_condition_of_a_row_fails_the_event(load: Callable[..., Mapping]) -> None:
    """As everywhere: whether a row is kept must not be guessed."""
    made = load(BILLING.replace("when: object.paid", "when: lower(object.paid)"))
    with pytest.raises(ExpressionError, match=r"shop\.yaml:18:11: "):
        Customer(made).tell("invoice.paid", "i1", 10, paid=100)


# --- what is refused ------------------------------------------------------------------------------

ROUTE = """\
routes:
- on: a
  user:
    match: {email: =body.x}
    set:
      name: =NAME
"""


@pytest.mark.parametrize(
    ("name", "records", "message"),
    [
        ("records.rows[0].a", "", "This mapping keeps no `records`."),
        ("records", "rows: {key: =body.id}", "Write `records.` and the name of a record: `rows`."),
        ("records[0]", "rows: {key: =body.id}", "Write `records.` and the name of a record"),
        (
            "text(records.row)",
            "rows: {key: =body.id}",
            "`row` is no record of this mapping; did you mean `rows`?",
        ),
        ("body.x", "rows: {keep: {a: =body.a}}", "`key` is missing here: what tells a row"),
        ("body.x", "rows: =body.id", "`rows` is a block with `key` and `keep`"),
        ("body.x", "my-rows: {key: =body.id}", "`my-rows` cannot name a record: use letters"),
        (
            "body.x",
            "rows: {key: =body.id, keep: {time: =body.at}}",
            "`time` is there in every row already: choose another name",
        ),
        (
            "body.x",
            "rows: {key: =body.id, keep: {a: '=text(records.rows)'}}",
            "a row is what one event tells: `records` cannot be read where rows are kept",
        ),
        (
            "body.x",
            "rows: {key: =body.id, keep: {a: =before}}",
            "a row is what one event tells: `records` cannot be read where rows are kept",
        ),
        (
            "body.x",
            "rows: {key: =body.id, keep: {a: =or_clear(body.a)}}",
            "`or_clear` belongs to a whole value of `set`",
        ),
        ("body.x", "rows: {key: =body.id, keep: {a: [1]}}", "`a` takes one value"),
        (
            "body.x",
            f"rows: {{key: =body.id, keep: {{{', '.join(f'v{n}: 1' for n in range(21))}}}}}",
            "`v20` is one too many: a row keeps 20 values",
        ),
        ("body.x", "rows: {key: =body.id, kep: {}}", "`kep` is no key of `records`"),
    ],
)
def test_what_cannot_be_kept_or_read_is_told(
    name: str, records: str, message: str, problems: Callable[..., list[str]]
) -> None:
    """With the words of what to write instead."""
    let = "let:\n  before: =records.rows\n" if "before" in records else ""
    declared = f"records:\n  {records}\n" if records else ""
    found = problems(TOP + declared + let + ROUTE.replace("NAME", name))
    assert any(message in one for one in found), found


def test_on_belongs_to_records_of_the_file_alone(problems: Callable[..., list[str]]) -> None:
    """A route has its types already."""
    found = problems(TOP + ROUTE.replace("NAME", "body.x") + "  records: {a: {on: x, key: y}}\n")
    assert any("`on` is no key of `records` of a route" in one for one in found), found
