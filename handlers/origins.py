"""Why a field holds its value: who said it, who said otherwise, what Intercom makes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.clock import clock_face
from bridge.model import Identifier, Moment, Origin, Run, Seen, Shadow, Writer
from bridge.store.links import Link
from handlers import truth
from handlers.answers import ARCHIVED, is_mark, is_memo
from handlers.facts import same

FILLED = " filled it in: `set_once`, an identifier of `match`, or the role"
UNSAID = "no source speaks of it: Intercom held it already"


def origins(shadow: Shadow, runs: Iterable[Run], links: Iterable[Link] = ()) -> tuple[Origin, ...]:
    """Give the origin of every field that holds something or that somebody spoke of, by name.

    A field of which no source speaks may be an identifier that Intercom was given with `match`.
    """
    said: dict[str, list[Run]] = {
        name: [] for name, seen in shadow.fields.items() if seen.value is not None
    }
    for run in runs:
        if not is_memo(run.field):
            said.setdefault(run.field, []).append(run)
    filled = {one.identifier.name: one for one in links if _fills(one.identifier, shadow)}
    return tuple(_origin(name, said[name], shadow, filled.get(name)) for name in sorted(said))


def _fills(identifier: Identifier, shadow: Shadow) -> bool:
    return str(shadow.get(identifier.name)).casefold() == identifier.value.casefold()


def _origin(name: str, runs: Sequence[Run], shadow: Shadow, link: Link | None) -> Origin:
    seen = shadow.fields.get(name)
    if not runs and seen is not None:
        return _filled(name, seen, link)
    best, others = _ranked(runs)
    return Origin(
        field=name,
        value=None if seen is None else seen.value,
        confirmed_at=None if seen is None else seen.at,
        said=best,
        others=others,
        why=_why(best, others),
        drift=_drift(name, best, shadow),
    )


def _filled(name: str, seen: Seen, link: Link | None) -> Origin:
    """Give the origin of a field that no source speaks of: who had it written, if it was us."""
    by, why = seen.by, UNSAID
    if by is not None:
        why = by.source + FILLED
    elif link is not None:
        by = Writer(link.source, link.created_at, link.event_id, "")
        why = f"an identifier: {link.source} brought it"
    said = None
    if by is not None:
        moment = Moment(by.at, 0, by.event_id or 0)
        said = Run(by.source, name, seen.value, moment, moment, by.event_id, by.route)
    return Origin(name, seen.value, seen.at, said, (), why, "")


def _ranked(runs: Sequence[Run]) -> tuple[Run, tuple[Run, ...]]:
    """Give the newest word of each source: the one that counts, and the others."""
    newest: dict[str, Run] = {}
    for run in sorted(runs, key=lambda run: run.first):
        newest[run.source] = run
    best, *others = sorted(newest.values(), key=lambda run: run.first, reverse=True)
    return best, tuple(others)


def _why(best: Run, others: Sequence[Run]) -> str:
    if not others:
        return f"only {best.source} speaks of it"
    second = others[0]
    told = (
        f"newest: {best.source} said it at {clock_face(best.first.time)}, {_before(best, second)}"
    )
    repeated = [one.source for one in others if one.last > best.first]
    return f"{told}; {', '.join(repeated)} only repeated old words since" if repeated else told


def _before(best: Run, second: Run) -> str:
    what = "the same" if same(best.value, second.value) else "something else"
    if second.first.time < best.first.time:
        return f"{second.source} {what} before that"
    decides = "version" if second.first.version < best.first.version else "arrival"
    return f"{second.source} {what} in the same moment: the later {decides} counts"


def _drift(name: str, best: Run, shadow: Shadow) -> str:
    seen = shadow.fields.get(name)
    if best.value is False and seen is None and (is_mark(name) or name == ARCHIVED):
        return ""
    if truth.differing(shadow, {name: best.value}):
        if seen is None and not shadow.complete:
            return "Intercom was not seen to hold it yet"
        event = f"`bridge events show {best.event_id}` may say why, " if best.event_id else ""
        return f"Intercom holds something else: {event}`bridge reconcile --repair` writes it"
    if seen is None or seen.value is None or same(seen.value, best.value) or best.value is None:
        return ""
    return "Intercom keeps it in a form of its own, or declined it: sending it again is no use"
