"""The unit of work of one event: what is known is read under holds, what changes is saved at once.

Reads are lazy and cached, which is right because only rows of held things are read. Writes are
gathered and saved in one transaction that is fenced: it counts only while the lane's token and
every hold are still ours, and both stay locked until it commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from bridge.clock import Micros
from bridge.model import (
    Attempt,
    Claim,
    Ending,
    Identifier,
    Json,
    Outcome,
    Row,
    Run,
    Shadow,
    StoredEvent,
    Target,
    TargetKind,
)
from bridge.store import erasure, holds, known, links, opened, record, repair
from bridge.store.columns import stored_key
from bridge.store.database import Database
from bridge.store.draft import Draft
from bridge.store.duplicates import How, pair
from bridge.store.erasure import Trace
from bridge.store.overlaid import by_field, overlaid
from bridge.store.payload_names import PayloadNames
from bridge.store.runs import merged
from bridge.store.unit import Unit


class Ledger(Unit):
    """A unit of work with all that it reads of what is known, and changes.

    Every method that reaches the database may raise StoreUnavailable.
    """

    def __init__(
        self,
        db: Database,
        claim: Claim,
        event: StoredEvent,
        *,
        owner: str,
        lease: float,
        workspace: str,
        folded: Sequence[StoredEvent] = (),
    ) -> None:
        super().__init__(
            db, claim, event, owner=owner, lease=lease, workspace=workspace, folded=folded
        )
        self._draft = Draft()
        # Everything this ledger ever linked or unlinked; the draft forgets when it is saved.
        self._edits: dict[tuple[Identifier, Target], bool] = {}
        self._targets: dict[links.Place, tuple[str, ...]] = {}
        self._identifiers: dict[Target, tuple[Identifier, ...]] = {}
        self._shadows: dict[Target, Shadow] = {}
        self._runs: dict[Target, tuple[Run, ...]] = {}
        self._steps: dict[int, dict[str, Json]] = {}
        self._alone: frozenset[Identifier] = frozenset()
        self._own_trace: Trace | None = None

    @property
    def names(self) -> PayloadNames:
        """Give the attributes that payloads brought: they count at once, not when this is saved."""
        return PayloadNames(self.db, self.workspace)

    def open(self, matches: Sequence[links.Match]) -> None:
        """Take the holds of what Changes mean and read what is known of it, in one transaction.

        Whom identifiers mean is asked before they are held, so that it is held with them; what is
        relied on is read under the holds.
        """
        named = {(kind, links.stored(one)) for kind, match in matches for one in match}
        with self.db.write() as connection:
            likely = links.likely(connection, self.workspace, matches)
            keys = {str(one) for _, match in matches for one in match}
            wanted = frozenset(keys | {f"{target.kind}:{target.id}" for target in likely})
            self._take(connection, wanted)
            found = opened.read(connection, self.workspace, likely, named)
        self._targets |= found.targets
        self._shadows |= found.shadows
        self._runs |= found.runs
        self._took(wanted)

    # --- who is who -----------------------------------------------------------------------------

    def find(self, kind: TargetKind, identifier: Identifier) -> tuple[str, ...]:
        """Give the ids of the targets that have the identifier, gathered links included."""
        identifier = links.stored(identifier)
        place = kind, identifier
        if place not in self._targets:
            with self.db.read() as connection:
                self._targets[place] = links.targets(connection, self.workspace, kind, identifier)
        before = (Target(kind, id_) for id_ in self._targets[place])
        edited = {
            target: present
            for (one, target), present in self._edits.items()
            if one == identifier and target.kind == kind
        }
        return tuple(target.id for target in overlaid(before, edited))

    def identifiers(self, target: Target) -> tuple[Identifier, ...]:
        """Give what the target is known by, gathered links included."""
        if target not in self._identifiers:
            with self.db.read() as connection:
                found = links.of_target(connection, self.workspace, target)
            self._identifiers[target] = tuple(link.identifier for link in found)
        edited = {one: present for (one, at), present in self._edits.items() if at == target}
        return tuple(overlaid(self._identifiers[target], edited))

    def link(self, identifier: Identifier, target: Target) -> None:
        """Gather that the identifier means the target; saving it releases what waits for it.

        Raises BridgeError where it means another target already and is none that people share.
        """
        links.need_free(identifier, target, self.find(target.kind, identifier))
        self._edit(identifier, target, present=True)

    def unlink(self, identifier: Identifier, target: Target) -> None:
        """Gather that the identifier no longer means the target."""
        self._edit(identifier, target, present=False)

    def forget(self, target: Target, into: str | None = None) -> None:
        """Gather that the target is gone: deleted, or merged into the one with the id `into`.

        Links and assertions move to `into`, or go; the shadow goes.
        """
        heir = None if into is None else Target(target.kind, into)
        if heir is not None:
            self.duplicate(target, heir, "intercom_id", "joined")
        for identifier in self.identifiers(target):
            self.unlink(identifier, target)
            if heir is not None:
                self.link(identifier, heir)
        for (source, name), old in by_field(self.runs(target)).items():
            self.replace_runs(target, source, name, ())
            if heir is not None:
                theirs = by_field(self.runs(heir)).get((source, name), ())
                self.replace_runs(heir, source, name, merged(theirs, old))
        self._shadows[target] = Shadow(target)
        self._draft.shadows[target] = None

    def erase(self, targets: Iterable[Target], identifiers: Iterable[Identifier]) -> None:
        """Gather that people are gone for good: forgotten, with a tombstone under each identifier.

        What others have too is not theirs alone, and leaves none.
        """
        gone = {target.id for target in targets}
        alone = {one for one in identifiers if gone.issuperset(self.find("contact", one))}
        self._alone |= alone
        for target in targets:
            self._draft.erased_by.update(run.source for run in self.runs(target))
            self.forget(target)
        self._draft.erased.update(dict.fromkeys(alone, self.event.time))

    @property
    def erased(self) -> frozenset[Identifier]:
        """Give the identifiers of the people that this work erased."""
        return self._alone

    def wipe_at_end(self, own: Trace) -> None:
        """Wipe the event itself once it has ended: until then a retry must read it."""
        self._own_trace = own

    def erased_at(self, identifiers: Iterable[Identifier]) -> Micros | None:
        """Give when a person of one of these identifiers was erased, as known at the first take."""
        met = [self._erased.get(str(one)) for one in identifiers]
        return max((at for at in met if at is not None), default=None)

    def duplicate(self, one: Target, other: Target, name: str, how: How = "shared") -> None:
        """Gather that two targets seem to be one by the identifier `name`, or became one."""
        if one != other:
            self._draft.duplicates[pair(one, other)] = name, how

    def _edit(self, identifier: Identifier, target: Target, *, present: bool) -> None:
        pair = links.stored(identifier), target
        self._edits[pair] = self._draft.links[pair] = present

    # --- what is known --------------------------------------------------------------------------

    def shadow(self, target: Target) -> Shadow:
        """Give what Intercom is known to hold of the target; an empty Shadow where nothing is."""
        if target not in self._shadows:
            with self.db.read() as connection:
                self._shadows[target] = known.shadow(connection, target)
        return self._shadows[target]

    def see(self, shadow: Shadow) -> None:
        """Gather what Intercom holds now, in place of what was known."""
        self._shadows[shadow.target] = self._draft.shadows[shadow.target] = shadow

    def runs(self, target: Target) -> tuple[Run, ...]:
        """Give what every source said of every field, the run that began first first."""
        if target not in self._runs:
            with self.db.read() as connection:
                self._runs[target] = known.runs(connection, target)
        return self._runs[target]

    def replace_runs(self, target: Target, source: str, field: str, runs: Sequence[Run]) -> None:
        """Gather the runs of one source and field of the target, in place of those before."""
        old, place = self.runs(target), (target, source, field)
        before = by_field(old).get((source, field), ())
        if tuple(runs) == before:
            return
        kept = (run for run in old if (run.source, run.field) != (source, field))
        self._runs[target] = tuple(sorted((*kept, *runs), key=lambda run: run.first))
        stored, _ = self._draft.runs.get(place, (before, ()))
        self._draft.runs[place] = stored, tuple(runs)

    def keep(self, rows: Iterable[Row]) -> None:
        """Gather rows that the event, or one folded with it, told of its subject."""
        self._draft.rows.extend(rows)

    # --- the journal ----------------------------------------------------------------------------

    def finished(self, step: str, event_id: int | None = None) -> Json | None:
        """Give the result of a step that an earlier attempt (or this one) finished, else None.

        `event_id` is whose step it is, where it is not the first event's.
        """
        return self._journal(event_id or self.event.id).get(stored_key(step))

    def finish_step(self, step: str, result: Json, event_id: int | None = None) -> None:
        """Gather that a step is finished (result: not None); save() before the next that counts.

        It is forgotten when the event ends, unless it begins with record.TOLD.
        """
        whose, step = event_id or self.event.id, stored_key(step)
        self._journal(whose)[step] = self._draft.steps[whose, step] = result

    def _journal(self, event_id: int) -> dict[str, Json]:
        if event_id not in self._steps:
            with self.db.read() as connection:
                self._steps[event_id] = record.steps(connection, event_id)
        return self._steps[event_id]

    def was_tried(self) -> bool:
        """Say whether the event was tried before: then somebody may have mended what it met."""
        with self.db.read() as connection:
            return record.was_tried(connection, self.event)

    # --- saving ---------------------------------------------------------------------------------

    def save(self) -> None:
        """Write what was gathered and make pending what waited for it, in one transaction.

        Raises LeaseLost where the lane or a hold is no longer ours; then nothing is written.
        """
        with self.db.write() as connection:
            self._save(connection)
        for target, *_ in self._draft.runs:
            self._runs.pop(target, None)  # now they have rows
        self._draft = Draft()

    def leave(self) -> None:
        """Save, make the events pending again and give the holds back: they go another way.

        Raises LeaseLost as save() does.
        """
        with self.db.write() as connection:
            self._save(connection, holds.release)
            record.leave(connection, (self.event, *self.folded))
        self._draft = Draft()
        self._held = frozenset()

    def end(self, outcome: Outcome, attempt: Attempt, folded: Sequence[Ending] = ()) -> None:
        """Save, write the event's fate and its attempt, and give the holds back: all at once.

        `folded` tells the same of others, applied with this one. Raises LeaseLost where the lane, a
        hold or an event is no longer ours, Busy where it would wait for what was linked meanwhile.
        """
        with self.db.write() as connection:
            self._save(connection, holds.release)
            links.recheck(connection, self.workspace, outcome.waits_for, self.find, self._targets)
            record.end(connection, (Ending(self.event, outcome, attempt), *folded))
            if self._own_trace is not None and outcome.retry_in is None:
                erasure.wipe(connection, [self._own_trace])
        self._draft = Draft()
        self._held = frozenset()

    def _save(self, connection: Connection, holding: holds.Holding = holds.check) -> None:
        released = () if self.event.is_open else self._draft.linked
        waiting = repair.waiting_for(connection, released)
        self._fence(connection, waiting.values())
        holding(connection, self.owner, self._held)
        self._draft.write(connection, self.workspace, self.event)
        repair.release(connection, waiting)
