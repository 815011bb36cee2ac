"""Random histories of a few people: who said what, what went wrong meanwhile, what must be held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from bridge.clock import SECOND
from bridge.model import CompanyChange, Identifier, PersonChange
from tests.integration.handlers.world import T0
from tests.rule import Fact, When

CUSTOM = "custom_attributes."
TYPES = {f"{CUSTOM}plan": "string", f"{CUSTOM}seats": "integer", f"{CUSTOM}trial": "boolean"}
SOURCES = ("stripe", "crm", "forms", "app")
PEOPLE = ("ada", "bea", "cai")
COMPANIES = ("acme", "globex", "initech")
ROUND = 20
"""Seconds from one round to the next; events may be of any round before."""


@dataclass(frozen=True)
class Told:
    """One event: what `source` says at a second, delivered `copies` times.

    `company` is (how, which): "in", "out", or "only" where it leaves all others.
    """

    source: str
    who: str
    at: int
    version: int = 0
    kind: str = "contact"
    fields: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, bool] = field(default_factory=dict)
    company: tuple[str, str] | None = None
    company_fields: Mapping[str, Any] = field(default_factory=dict)
    copies: int = 1

    @property
    def makes_company(self) -> bool:
        """Say whether a company must be there after it: none is made only to be left."""
        return self.company is not None and (self.company[0] != "out" or bool(self.company_fields))

    def changes(self, prefix: str) -> Iterator[PersonChange | CompanyChange]:
        """Give the Changes of it; everybody's identifiers begin with `prefix`."""
        if self.company is not None:
            how, which = self.company
            yield CompanyChange(
                (Identifier("company_id", f"{prefix}-{which}"),),
                set=self.company_fields,
                types={f"{CUSTOM}tier": "string"},
                attach=how != "out",
                detach={"in": "", "out": "this", "only": "others"}[how],  # type: ignore[arg-type]
            )
        yield PersonChange(
            self.kind,  # type: ignore[arg-type]
            tuple(self._match(prefix)),
            set=self.fields,
            types=TYPES,
            add_tags=tuple(name for name, there in self.tags.items() if there),
            remove_tags=tuple(name for name, there in self.tags.items() if not there),
        )

    def _match(self, prefix: str) -> Iterator[Identifier]:
        if self.kind == "user":
            yield Identifier("external_id", f"{prefix}-{self.who}")
        yield Identifier(f"{self.source}_id", f"{prefix}-{self.who}")
        yield Identifier("email", f"{self.who}@{prefix}.example")

    def facts(self, arrival: int) -> Iterator[Fact]:
        """Give all that it says, once it has an arrival (the event's id)."""
        when = ((T0 + self.at) * SECOND, self.version, arrival)
        for name, value in self.fields.items():
            yield Fact(self.source, self.who, name, value, when)
        for name, there in self.tags.items():
            yield Fact(self.source, self.who, f"tag {name.casefold()}", there, when)
        if self.company is not None:
            yield from self._company_facts(when)

    def _company_facts(self, when: When) -> Iterator[Fact]:
        how, which = self.company or ("", "")
        yield Fact(self.source, self.who, f"in {which}", how != "out", when)
        for name, value in self.company_fields.items():
            yield Fact(self.source, which, name, value, when)
        if how == "only":
            yield Fact(self.source, self.who, "only", which, when)


@dataclass(frozen=True)
class Edited:
    """A person at Intercom changes a field; somebody's next write shows it."""

    who: str
    field: str
    value: Any


@dataclass(frozen=True)
class Operated:
    """Somebody calls the operation that updates a user or lead."""

    who: str
    field: str
    value: Any


@dataclass(frozen=True)
class Trouble:
    """What goes wrong at the nth call of a round; `die` is a worker that dies having made it."""

    nth: int
    kind: str


@dataclass(frozen=True)
class Round:
    """Events that arrive together, worked off by so many threads, amid troubles; then the rest."""

    told: tuple[Told, ...]
    threads: int
    troubles: tuple[Trouble, ...]
    after: tuple[Edited | Operated, ...]


# --- drawing them ---------------------------------------------------------------------------------

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["A", "B", "C", None]),
    "phone": st.sampled_from(["1", "2", None]),
    "unsubscribed_from_emails": st.sampled_from([True, False, None]),
    f"{CUSTOM}plan": st.sampled_from(["free", "pro", None]),
    f"{CUSTOM}seats": st.sampled_from([1, 2, "2", None]),
    f"{CUSTOM}trial": st.sampled_from([True, False, None]),
}
COMPANY_VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "plan": st.sampled_from(["free", "pro", None]),
    "monthly_spend": st.sampled_from([12, 12.7, 13, None]),
    f"{CUSTOM}tier": st.sampled_from(["a", "b", None]),
}
TAGS = st.dictionaries(st.sampled_from(["VIP", "vip", "trial"]), st.booleans(), max_size=1)
EDITABLE = ("name", "phone", f"{CUSTOM}plan")


def some(values: Mapping[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict(values))


def told(people: int, sources: int, number: int) -> st.SearchStrategy[Told]:
    # Few times and few values: ties and snapshots that repeat old values are the rule.
    seconds = st.tuples(st.integers(0, number), st.integers(0, 12))
    return st.builds(
        Told,
        source=st.sampled_from(SOURCES[:sources]),
        who=st.sampled_from(PEOPLE[:people]),
        at=seconds.map(lambda one: ROUND * one[0] + one[1]),
        version=st.sampled_from([0, 0, 0, 1, 2]),
        kind=st.sampled_from(["contact", "contact", "lead", "user"]),
        fields=some(VALUES),
        tags=TAGS,
        company=st.none()
        | st.tuples(st.sampled_from(["in", "out", "only"]), st.sampled_from(COMPANIES)),
        company_fields=some(COMPANY_VALUES),
        copies=st.sampled_from([1, 1, 1, 2]),
    )


def later(people: int) -> st.SearchStrategy[Edited | Operated]:
    who = st.sampled_from(PEOPLE[:people])

    def one(kind: Any) -> st.SearchStrategy[Any]:
        return st.one_of(*(st.builds(kind, who, st.just(name), VALUES[name]) for name in EDITABLE))

    return one(Edited) | one(Operated)


TROUBLES = st.builds(
    Trouble, st.integers(1, 25), st.sampled_from(["die", "die", "lose", "500", "429", "after 503"])
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Round, ...]:
    """Draw one to three rounds of three to twenty-five events in all."""
    people, sources = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    return tuple(
        Round(
            told=tuple(draw(st.lists(told(people, sources, number), min_size=3, max_size=8))),
            threads=draw(st.sampled_from([1, 1, 4])),
            troubles=tuple(draw(st.lists(TROUBLES, max_size=3))),
            after=tuple(draw(st.lists(later(people), max_size=2))),
        )
        for number in range(draw(st.integers(1, 3)))
    )


# --- what must be held ----------------------------------------------------------------------------


def leaving(facts: list[Fact]) -> list[Fact]:
    """Give what "only" means: its source's other edges of that person end."""
    made = {
        (one.source, one.who, one.field) for one in facts if one.field[:3] == "in " and one.value
    }
    return [
        Fact(one.source, one.who, edge, False, one.when)
        for one in facts
        for source, who, edge in made
        if one.field == "only" and (source, who) == (one.source, one.who)
        if edge != f"in {one.value}"
    ]


def as_held(best: Mapping[tuple[str, str], Any], who: str) -> dict[str, Any]:
    """Give what Intercom shows of somebody for whom the rule gave `best`, empty fields left out."""
    own = {name: value for (one, name), value in best.items() if one == who}
    return {name: shown for name, value in own.items() if (shown := _shown(name, value))}


def _shown(name: str, value: Any) -> Any:
    if name == f"{CUSTOM}trial" and value is False:
        return "no"
    if name == f"{CUSTOM}seats" and value is not None:
        return int(value)
    return int(value) if name == "monthly_spend" and value else value


def flat(held: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Give one of Intercom's contacts or companies in the words of the rule."""
    fields = {name: held[name] for name in (*VALUES, *COMPANY_VALUES) if name in held}
    custom = {CUSTOM + name: value for name, value in held.get("custom_attributes", {}).items()}
    custom = {name: "no" if value is False else value for name, value in custom.items()}
    tags = {f"tag {name.casefold()}": True for name in held.get("tags", ())}
    firms = {f"in {one.removeprefix(prefix + '-')}": True for one in held.get("companies", ())}
    return {**fields, **custom, **tags, **firms}


def people_of(rounds: Iterable[Round]) -> set[str]:
    return {one.who for each in rounds for one in each.told}
