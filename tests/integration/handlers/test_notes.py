"""Notes on contacts: written once per event, however often it is tried or replayed."""

from __future__ import annotations

from typing import Any

from bridge.model import State
from tests.integration.handlers.world import World, person

NOTE = "POST /contacts/{id}/notes"
LIST = "GET /contacts/{id}/notes"
PUT = "PUT /contacts/{id}"


def user(text: str, **parts: Any) -> Any:
    return person("user", external_id="u1", note=text, **parts)


def notes(world: World) -> list[str]:
    return list(world.contact().get("notes", ()))


def test_a_note_is_written_after_all_else_and_read_as_it_was_written(world: World) -> None:
    """Plain text: what looks like a tag is none, and lines stay lines."""
    done = world.apply(user("Asked for a demo\n<b>soon</b> & often", set={"name": "Ada"}))
    assert (done.outcome.state, done.calls[-1]) == (State.DONE, NOTE)
    assert notes(world) == ["Asked for a demo<br>&lt;b&gt;soon&lt;/b&gt; &amp; often"]


def test_a_replay_writes_no_note_again(world: World) -> None:
    """What was told stays told; two events that tell the same are two notes."""
    done = world.apply(user("Asked for a demo"))
    assert world.replay(done.id).calls == []
    assert world.apply(user("Asked for a demo"), at=1).calls == [NOTE]
    assert len(notes(world)) == 2


def test_a_note_whose_answer_was_lost_is_looked_for_before_it_is_written_again(
    world: World,
) -> None:
    """Intercom has no memory of repeats, and shows notes in tags of its own."""
    world.apply(person("user", external_id="u1"))
    world.fault("lose", "POST", "/contacts/")
    done = world.apply(user("Asked for a demo\nSoon"), at=1)
    assert (done.outcome.state, done.calls) == (State.PENDING, [NOTE])
    assert world.again(done.id).calls == [LIST]
    assert notes(world) == ["Asked for a demo<br>Soon"]


def test_an_older_note_of_the_same_words_is_not_taken_for_the_lost_one(world: World) -> None:
    """It was written before the try began."""
    world.apply(user("Asked for a demo"))
    world.hour.pass_by(3600)
    world.fault("status", "POST", "/contacts/", status=503)
    done = world.apply(user("Asked for a demo"), at=3600)
    assert world.again(done.id).calls[-1] == NOTE
    assert len(notes(world)) == 2


def test_a_note_that_was_refused_is_written_by_the_replay(world: World) -> None:
    """A refusal is an answer: nothing is looked for."""
    world.apply(person("user", external_id="u1"))
    world.fault("status", "POST", "/contacts/", status=403)
    done = world.apply(user("Asked for a demo"), at=1)
    assert done.outcome.state is State.FAILED
    assert world.replay(done.id).calls == [NOTE]


def test_a_worker_that_dies_at_a_note_leaves_one(world: World) -> None:
    """The next one finds that it was begun."""
    world.apply(person("user", external_id="u1"))
    dying = world.receive(user("Asked for a demo"), at=1)
    assert world.killed(dying, NOTE) == [NOTE]
    assert world.again(dying).calls == [LIST]
    assert len(notes(world)) == 1


def test_events_with_notes_are_each_applied_by_themselves(world: World) -> None:
    """Both are written, in order."""
    world.apply(person("user", external_id="u1"))
    first = world.receive(user("One"), at=1, subject="s")
    world.receive(user("Two"), at=2, subject="s")
    assert world.work_off(first) == [NOTE, NOTE]
    assert notes(world) == ["One", "Two"]
