"""Subscriptions: a person's wish is written once, and the newest wish counts, whoever told it."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.model import State
from tests.integration.handlers.world import World, person

ATTACH = "POST /contacts/{id}/subscriptions"
DETACH = "DELETE /contacts/{id}/subscriptions/{}"
PUT = "PUT /contacts/{id}"


def user(**parts: Any) -> Any:
    return person("user", external_id="u1", **parts)


def chosen(world: World) -> dict[str, str]:
    """Give the choices against the defaults: nobody gets opt_in types, everybody opt_out ones."""
    return dict(world.contact().get("subscriptions", {}))


def calls(found: list[str]) -> list[str]:
    return [one.rsplit("/", 1)[0] + "/{}" if one.startswith("DELETE") else one for one in found]


@pytest.fixture
def ada(world: World) -> World:
    """Give a world with one user, of whom everything is known."""
    world.apply(user(set={"name": "Ada"}))
    return world


def test_who_opts_in_and_out_is_told_once(ada: World) -> None:
    """By name, whatever its case, or by id; a repeat costs no call."""
    change = user(opt_in=("newsletter",), opt_out=("2",))
    assert ada.apply(change, at=1).calls == [ATTACH, ATTACH]
    assert chosen(ada) == {"Newsletter": "opt_in", "Product news": "opt_out"}
    assert ada.apply(change, at=2).calls == []
    back = ada.apply(user(opt_in=("Product news",), opt_out=("Newsletter",)), at=3)
    assert calls(back.calls) == [DETACH, DETACH]
    assert chosen(ada) == {}


def test_an_older_wish_that_comes_late_changes_nothing(ada: World) -> None:
    """Whoever opted out stays out."""
    ada.apply(user(opt_out=("Newsletter",)), at=20)
    assert ada.apply(user(opt_in=("Newsletter",)), at=10).calls == []
    assert chosen(ada) == {}


def test_out_counts_where_one_event_says_both(ada: World) -> None:
    """By name and by id it is the same type."""
    ada.apply(user(opt_in=("Newsletter",), opt_out=("1",)), at=1)
    assert chosen(ada) == {}


def test_a_type_that_intercom_does_not_have_parks_after_all_else(ada: World) -> None:
    """A wish must not be lost in a remark; once the type is there the replay writes it."""
    done = ada.apply(user(set={"name": "Ada L."}, opt_out=("Offers",), note="Asked"), at=1)
    assert done.outcome.state is State.PARKED
    assert "no subscription type 'Offers'" in done.outcome.reason
    assert ada.contact()["name"] == "Ada L."
    ada.plant(role="lead", subscriptions={"Offers": "opt_out"})
    ada.hour.pass_by(11)
    assert ada.replay(done.id).calls == [ATTACH]


def test_who_opts_out_at_intercom_stays_out_until_a_newer_wish(ada: World) -> None:
    """A full answer shows it; what the source only repeats does not count against it."""
    ada.apply(user(opt_in=("Newsletter",)), at=1)
    ada.hour.pass_by(120)
    ada.edit(ada.contact()["id"], subscriptions={})
    ada.apply(user(set={"name": "Ada L."}), at=140)
    assert ada.apply(user(opt_in=("Newsletter",)), at=150).calls == []
    assert chosen(ada) == {}
    assert ada.apply(user(opt_out=("Newsletter",)), at=160).calls == []
    assert ada.apply(user(opt_in=("Newsletter",)), at=170).calls == [ATTACH]


def test_an_answer_that_may_be_too_early_undoes_no_wish(ada: World) -> None:
    """What was just written may not be shown yet."""
    ada.apply(user(opt_in=("Newsletter",)), at=1)
    ada.edit(ada.contact()["id"], subscriptions={})
    ada.apply(user(set={"name": "Ada L."}), at=20)
    assert ada.said(ada.contact()["id"], "subscription:opt_in:1") == {"app": [True]}


def test_a_lost_answer_is_repeated(ada: World) -> None:
    """Both ways may be repeated without harm."""
    ada.fault("lose", "POST", "/contacts/")
    done = ada.apply(user(opt_in=("Newsletter",)), at=1)
    assert done.outcome.state is State.PENDING
    assert ada.again(done.id).calls == [ATTACH]
    assert chosen(ada) == {"Newsletter": "opt_in"}


def test_the_types_are_read_once_for_many_events(ada: World) -> None:
    """And again after ten minutes, or for a name that is not among them."""
    for second in range(3):
        ada.apply(user(opt_in=("Newsletter",)), at=second + 1)
    served = [one["path"] for one in ada.state.journal.listed()]
    assert served.count("/subscription_types") == 1
