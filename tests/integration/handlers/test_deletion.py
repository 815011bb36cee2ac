"""`delete: permanently`: gone at Intercom, forgotten here, not made again by what comes late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model import Identifier, State
from bridge.worker.attempt import attempt
from tests.integration.handlers.world import Killed, Table, World, person

DELETE = "DELETE /contacts/{id}"
READ = "GET /contacts/{id}"
CREATE = "POST /contacts"
ADA = "ada@example.com"
GONE = person("contact", external_id="u1", delete="permanently")


def ada(**more: object) -> object:
    return person("user", external_id="u1", email=ADA, set={"name": "Ada"}, **more)


def test_a_contact_is_deleted_and_forgotten(world: World) -> None:
    """One call; no link, value or shadow is left."""
    world.apply(ada())
    contact_id = world.contact()["id"]
    done = world.apply(GONE, at=10)
    assert (done.outcome.state, done.calls) == (State.DONE, [DELETE])
    assert world.contacts() == []
    assert world.linked("email", ADA) == world.linked("external_id", "u1") == ()
    assert world.said(contact_id, "name") == {}


def test_what_happened_before_makes_nobody_again(world: World) -> None:
    """By any identifier the person had, also those that the deleting event did not name."""
    world.apply(ada())
    world.apply(GONE, at=10)
    for change in (ada(), person("lead", email=ADA)):
        late = world.apply(change, at=5)
        assert (late.outcome.state, late.calls) == (State.SKIPPED, [])
        assert late.outcome.reason.startswith("erased")


def test_what_happens_after_is_for_a_person_to_decide(world: World) -> None:
    """Somebody came back, or their data comes back against their will."""
    world.apply(ada())
    world.apply(GONE, at=10)
    new = world.apply(ada(), at=20)
    assert (new.outcome.state, new.calls) == (State.PARKED, [])
    assert new.outcome.reason.startswith("erased")


def test_a_tombstone_is_left_where_nobody_is_known(world: World) -> None:
    """The deletion overtook the facts."""
    first = world.apply(GONE, at=10)
    assert first.outcome.state is State.SKIPPED
    assert "nobody to delete" in first.outcome.reason
    assert world.apply(ada(), at=5).outcome.state is State.SKIPPED
    assert world.contacts() == []


def test_somebody_gone_already_is_success(world: World) -> None:
    """Deleted at Intercom by hand: looked for once, as it might be merged, then forgotten."""
    world.apply(ada())
    with world.state.lock:
        world.state.contacts.clear()
    done = world.apply(GONE, at=10)
    assert (done.outcome.state, done.calls) == (State.DONE, [DELETE, READ])
    assert world.linked("email", ADA) == ()


def test_a_lost_answer_or_a_kill_is_repeated_without_harm(world: World) -> None:
    """The second deletion finds nobody, which is what was wanted."""
    world.apply(ada())
    event_id = world.receive(GONE, at=10)
    assert world.killed(event_id, DELETE) == [DELETE]
    done = world.again(event_id)
    assert done.outcome.state is State.DONE
    assert world.linked("email", ADA) == ()
    assert world.apply(ada(), at=5).outcome.state is State.SKIPPED


def test_an_address_that_another_user_has_too_leaves_no_tombstone(world: World) -> None:
    """Erasing one of two who share it must not stop the other."""
    world.apply(ada())
    world.apply(person("user", external_id="u2", email=ADA, set={"name": "Bob"}))
    world.apply(GONE, at=10)
    done = world.apply(person("user", external_id="u2", email=ADA, set={"name": "B"}), at=20)
    assert done.outcome.state is State.DONE
    assert world.contact()["name"] == "B"


def stored_payloads(world: World, *ids: int) -> list[bytes | None]:
    return [world.event(one).payload for one in ids]


def test_payloads_go_with_the_person_and_their_own_event_last(world: World) -> None:
    """What told of the person is wiped; what told of others is as it was."""
    hers = world.apply(ada(), body=b'{"user": "u1"}').id
    others = world.apply(person("user", external_id="u2", set={"name": "Bob"})).id
    gone = world.apply(GONE, at=10).id
    assert stored_payloads(world, hers, others, gone) == [b"", None, b""]
    assert world.event(hers).state is State.DONE
    again = world.replay(hers)
    assert (again.outcome.state, again.calls) == (State.SKIPPED, [])
    assert again.outcome.reason.startswith("erased")


def test_what_comes_late_is_not_kept_either(world: World) -> None:
    """An erased person's old facts go as soon as they are known for that; newer ones are kept."""
    world.apply(ada())
    world.apply(GONE, at=10)
    late = world.apply(ada(), at=5, body=b'{"user": "u1"}', subject=ADA).id
    new = world.apply(ada(), at=20, body=b'{"user": "u1"}').id
    assert stored_payloads(world, late, new) == [b"", None]
    assert world.event(late).subject != ADA
    assert world.event(late).receipt.body == b""
    assert world.event(new).receipt.body == b'{"user": "u1"}'


def test_what_was_still_to_be_applied_is_discarded(world: World) -> None:
    """Also what waits for the person, and what was parked."""
    world.apply(ada())
    waiting = world.apply(person("user", crm="c1", set={"name": "Ada"})).id
    pending = world.receive(person("user", external_id="u1", crm="c1"), at=1, body=b'["u1"]')
    world.apply(GONE, at=10)
    assert world.event(pending).state is State.DISCARDED
    assert world.event(waiting).state is State.WAITING, "nobody knew that c1 is hers"


def test_killed_before_the_payloads_are_wiped_it_still_knows_all_identifiers(world: World) -> None:
    """The links go last: a second try wipes what the deleting event itself does not name."""
    world.apply(ada())
    by_email = world.apply(person("lead", email=ADA), body=b'["Ada@example.com"]').id
    event_id = world.receive(GONE, at=10)
    claim, event = world.claim(event_id)
    asked: list[str] = []

    def mapping_of(source: str) -> Table:
        asked.append(source)
        if len(asked) > 1:  # the first time it is asked for the deleting event itself
            raise Killed
        return Table(world.changes)

    with pytest.raises(Killed):
        attempt(claim, event, replace(world.to, mapping_of=mapping_of))
    world.end_leases()
    assert stored_payloads(world, by_email) == [None]
    assert world.linked("email", ADA) != ()
    world.again(event_id)
    assert stored_payloads(world, by_email, event_id) == [b"", b""]
    assert world.ledger().find("contact", Identifier("email", ADA)) == ()
