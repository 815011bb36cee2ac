"""The streams that are counted; times, ids and people come from a seeded random."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter

from bench.calls.sent import DataEvents, Sent, Stream
from bench.calls.signup import Person
from bench.calls.stripe import Customer
from bridge.mapping.example import Holdings

Everybody = Sequence[Person | Customer]

MINUTE = 60
_PAUSE = 5
"""Seconds that people rest between two changes: more than a lane waits."""

_APART = 30 * MINUTE
"""Seconds between what comes before a stream and the stream."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part: `begin` is when, in Unix seconds."""

    draw: random.Random
    size: int
    begin: int

    def persons(self) -> list[Person]:
        """Give people of the website."""
        return [Person(self.draw, number) for number in range(self.size)]

    def customers(self) -> list[Customer]:
        """Give customers of Stripe."""
        return [Customer(self.draw, number) for number in range(self.size)]

    def moment(self, after: float = 0) -> float:
        """Give a moment so many seconds after `begin`; two people have theirs in a second."""
        return self.begin + after + self.draw.uniform(0, self.size / 2)


def streams(seed: int, size: int, begin: int) -> list[Stream]:
    """Give every stream for `size` people."""
    made: list[Stream] = []
    for number, build in enumerate(_BUILDERS):
        cast = Cast(random.Random(f"{seed} {number}"), size, begin)  # noqa: S311 - no secret
        made += build(cast)
    return made


def _signups(cast: Cast) -> list[Stream]:
    everybody = replace(cast, size=cast.size + 1).persons()
    first, *people = everybody
    before = [first.registers(cast.begin - _APART)]
    sent = _ordered(person.registers(cast.moment()) for person in people)
    stream = Stream(
        "first sign-ups with company",
        before,
        sent,
        _holds(everybody),
        _people(everybody),
        target=5,
    )
    return [stream, replace(stream, name=f"{stream.name}, learnt", learnt=True, target=3)]


def _changes(cast: Cast) -> list[Stream]:
    people, customers = cast.persons(), cast.customers()
    before = _known(cast, people, customers)
    sent: list[Sent] = []
    for turn in range(3):
        after = turn * (cast.size + _PAUSE)
        for person in people:
            person.changes()
            sent.append(person.updates(cast.moment(after)))
        for customer in customers:
            customer.changes()
            at = cast.moment(after)
            sent.append(customer.sent(at, customer.customer("customer.updated", int(at))))
    name = "known people changing one or two fields"
    everybody: Everybody = [*people, *customers]
    return [Stream(name, before, _ordered(sent), _holds(everybody), _people(everybody), target=1)]


def _repeats(cast: Cast) -> list[Stream]:
    people, customers = cast.persons(), cast.customers()
    before = _known(cast, people, customers)
    later = int(cast.begin)
    sent = [person.updates(cast.moment()) for person in people]
    for one in customers:
        whole = one.customer("customer.updated", later)
        bought = one.subscribed("customer.subscription.updated", later)
        del bought["data"]["previous_attributes"]
        sent += [one.sent(cast.moment(), whole), one.sent(cast.moment(), bought)]
    everybody: Everybody = [*people, *customers]
    same = Stream(
        "nothing changed: snapshots under new ids",
        before,
        _ordered(sent),
        _holds(everybody),
        _people(everybody),
        target=0,
    )
    again = replace(same, name="full replay", sent=(), replays=True)
    shipped = replace(again, name="full replay, data events as shipped", data_events="shipped")
    return [same, again, shipped]


def _bursts(cast: Cast) -> list[Stream]:
    customers = cast.customers()
    before = _ordered(_paid_before(cast, customers))
    sent = _ordered(chain.from_iterable(one.checkout(cast.moment()) for one in customers))
    kinds: Sequence[tuple[str, DataEvents, float, float | None]] = (
        ("", "none", 1, 0.35),
        ("", "none", 5, 0.20),
        (", one data event a burst", "one", 1, 0.55),
        (", one data event a burst", "one", 5, 0.40),
        (", data events as shipped", "shipped", 1, None),
    )
    known = Stream(
        "checkout bursts, known customers", before, sent, _holds(customers), _people(customers)
    )
    return [
        replace(known, name=f"{known.name}{more}", fold=fold, data_events=told, target=target)
        for more, told, fold, target in kinds
    ]


def _new_customers(cast: Cast) -> list[Stream]:
    everybody = replace(cast, size=cast.size + 1).customers()
    first, *customers = everybody
    before = _ordered(first.checkout(cast.begin - _APART, new=True))
    bursts = (one.checkout(cast.moment(), new=True) for one in customers)
    sent = _ordered(chain.from_iterable(bursts))
    new = Stream(
        "checkout bursts, new customers", before, sent, _holds(everybody), _people(everybody)
    )
    return [replace(new, fold=fold) for fold in (1.0, 5.0)]


_BUILDERS = (_signups, _changes, _repeats, _bursts, _new_customers)


# --- what they share ------------------------------------------------------------------------------


def _known(cast: Cast, people: Sequence[Person], customers: Sequence[Customer]) -> list[Sent]:
    """Make people known, and customers who have paid and bought."""
    sent = [person.registers(cast.moment(-_APART)) for person in people]
    for one in customers:
        sent += one.checkout(cast.moment(-_APART), new=True)
    return _ordered(sent)


def _paid_before(cast: Cast, customers: Iterable[Customer]) -> Iterable[Sent]:
    """Make customers known who once paid, and have the tag that payers get."""
    for one in customers:
        at = int(cast.moment(-_APART))
        yield one.sent(at, one.customer("customer.created", at))
        yield one.sent(at + MINUTE, one.invoiced(at + MINUTE))
        one.buys(at)
        bought = one.subscribed("customer.subscription.created", at)
        yield one.sent(at + 2 * MINUTE, bought)


def _ordered(sent: Iterable[Sent]) -> list[Sent]:
    return sorted(sent, key=attrgetter("at"))


def _holds(everybody: Everybody) -> Holdings:
    companies = [one.holds_company() for one in everybody if isinstance(one, Person)]
    return Holdings(tuple(one.holds() for one in everybody), tuple(companies))


def _people(everybody: Everybody) -> Mapping[str, Mapping[str, str]]:
    return {one.id: one.identifiers() for one in everybody}
