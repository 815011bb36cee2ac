"""Names that payloads bring: so many and no more, whoever meets them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from bridge.store.database import Database
from bridge.store.payload_names import PayloadNames


def test_a_limit_holds_for_all_names_and_a_known_name_is_always_let_in(database: Database) -> None:
    """People and companies count apart, workspaces too."""
    names = PayloadNames(database, "w")
    assert [names.admit("contact", name, 2) for name in ("a", "b", "c", "a")] == [
        *(True, True, False, True)
    ]
    assert names.admit("company", "c", 2)
    assert PayloadNames(database, "other").admit("contact", "c", 2)
    assert names.count("contact") == 2


def test_a_lower_limit_lets_in_no_more_and_takes_nothing_away(database: Database) -> None:
    """A mapping with a limit of its own counts what others brought."""
    names = PayloadNames(database, "w")
    assert names.admit("contact", "a", 3)
    assert names.admit("contact", "b", 3)
    assert not names.admit("contact", "c", 1)
    assert names.admit("contact", "b", 1)
    assert names.admit("contact", "c", 3)


def test_a_name_that_is_given_back_counts_no_longer(database: Database) -> None:
    """Intercom would not have it."""
    names = PayloadNames(database, "w")
    assert names.admit("contact", "a", 1)
    names.give_back("contact", "a")
    assert names.admit("contact", "b", 1)


def test_workers_that_meet_new_names_at_once_stay_within_the_limit(database: Database) -> None:
    """Forty names in eight threads, five places."""
    names = PayloadNames(database, "w")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda n: names.admit("contact", f"n{n}", 5), range(40)))
    assert sum(told) == names.count("contact") == 5
