"""Why a field holds its value: the word that counts, the others, and what Intercom makes of it."""

from __future__ import annotations

import pytest

from bridge.clock import SECOND
from bridge.model import Identifier, Json, Moment, Origin, Run, Seen, Shadow, Target, Writer
from bridge.store.links import Link
from handlers.facts import fact
from handlers.origins import UNSAID, origins

ADA = Target("contact", "1")


def run(source: str, value: Json, at: int, *, version: int = 0, event: int = 0) -> Run:
    return fact(source, "name", value, Moment(at * SECOND, version, event or at), "route")


def holds(*, complete: bool = True, sent: Json = None, **fields: Json) -> Shadow:
    seen = {name: Seen(value, 9 * SECOND, sent) for name, value in fields.items()}
    return Shadow(ADA, seen, 9, complete)


def only(shadow: Shadow, *runs: Run) -> Origin:
    (one,) = origins(shadow, runs)
    return one


def test_the_newest_word_counts_and_every_other_source_is_told() -> None:
    """With the newest word of each; what a source said before that is history."""
    one = only(
        holds(name="C"), run("crm", "A", 1), run("crm", "C", 5), run("shop", "B", 3, event=30)
    )
    assert one.said is not None
    assert (one.value, one.said.source, one.said.event_id, one.said.route) == (
        *("C", "crm", 5),
        "route",
    )
    assert [(other.source, other.value, other.event_id) for other in one.others] == [
        ("shop", "B", 30)
    ]
    assert one.why == "newest: crm said it at 1970-01-01 00:00:05, shop something else before that"
    assert (one.confirmed_at, one.drift) == (9 * SECOND, "")


def test_a_source_that_repeats_old_words_is_told() -> None:
    """That is why its later time does not count."""
    repeated = Run("shop", "name", "B", Moment(1, 0, 1), Moment(8 * SECOND, 0, 8), 1)
    one = only(holds(name="C"), run("crm", "C", 5), repeated)
    assert one.why.endswith("shop something else before that; shop only repeated old words since")


@pytest.mark.parametrize(("version", "decides"), [(1, "version"), (0, "arrival")])
def test_what_decides_within_a_moment_is_told(version: int, decides: str) -> None:
    """The version where they differ, else what came last."""
    one = only(
        holds(name="C"),
        run("shop", "C", 5, version=0, event=1),
        run("crm", "C", 5, version=version, event=2),
    )
    assert f"shop the same in the same moment: the later {decides} counts" in one.why


def test_one_source_alone_is_told_as_such() -> None:
    """There is nothing to weigh."""
    assert only(holds(name="C"), run("crm", "C", 5)).why == "only crm speaks of it"


def test_what_nobody_said_is_told_too() -> None:
    """Empty fields that nobody speaks of are left out."""
    (one,) = origins(holds(name="C", phone=None), [])
    assert (one.field, one.value, one.said, one.why) == ("name", "C", None, UNSAID)


def test_what_was_filled_in_comes_from_whoever_had_it_written() -> None:
    """An operation has no event."""
    for event_id in (7, None):
        by = Writer("shop", 3 * SECOND, event_id, "customer.*")
        shadow = Shadow(ADA, {"phone": Seen("+44", 9 * SECOND, by=by)}, 9, True)
        (one,) = origins(shadow, [])
        assert one.said is not None
        assert (one.said.source, one.said.first.time, one.said.event_id, one.said.route) == (
            *("shop", 3 * SECOND),
            *(event_id, "customer.*"),
        )
        assert one.why.startswith("shop filled it in")


def test_an_identifier_that_was_filled_in_comes_from_its_link() -> None:
    """An email that leads to the person but is not what Intercom holds explains nothing."""
    old, new = (
        Link(Identifier("email", f"{who}@x.example"), ADA, who, number, number * SECOND)
        for number, who in enumerate(("old", "new"), 1)
    )
    (one,) = origins(holds(email="New@x.example"), [], [new, old])
    assert one.said is not None
    assert (one.said.source, one.said.event_id, one.said.first.time) == ("new", 2, 2 * SECOND)
    assert one.why == "an identifier: new brought it"


def test_drift_is_told() -> None:
    """Where Intercom holds something else than the word that counts."""
    assert "`bridge events show 5`" in only(holds(name="X"), run("crm", "C", 5)).drift
    by_operation = Run("operation", "name", "C", Moment(5, 0, 0), Moment(5, 0, 0))
    assert only(holds(name="X"), by_operation).drift == (
        "Intercom holds something else: `bridge reconcile --repair` writes it"
    )
    unseen = only(holds(complete=False), run("crm", "C", 5))
    assert (unseen.drift, unseen.confirmed_at) == ("Intercom was not seen to hold it yet", None)
    kept = only(holds(name=12, sent=12.4), run("crm", 12.4, 5))
    assert "in a form of its own" in kept.drift
    assert only(holds(), run("crm", None, 5)).drift == ""


def test_what_was_taken_away_and_is_not_there_is_no_drift() -> None:
    """Of a tag or the archive there is nothing to see; a switch that is off is to be seen."""
    for name in ("tag:vip", "company:5f01", "archived"):
        off = fact("crm", name, False, Moment(5, 0, 5))
        assert only(holds(), off).drift == "", name
    assert only(holds(), run("crm", False, 5)).drift != ""


def test_tags_and_companies_have_origins_like_fields() -> None:
    """Also one that was taken away."""
    tag = fact("crm", "tag:vip", False, Moment(5, 0, 5))
    one = only(holds(**{"tag:vip": False}), tag)
    assert (one.field, one.value, one.drift) == ("tag:vip", False, "")
