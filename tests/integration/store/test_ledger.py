"""The ledger: what is known, what one event's work changes of it, and how that work ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import event

from bridge.errors import BridgeError, Busy, LeaseLost
from bridge.model import (
    Attempt,
    Ending,
    Identifier,
    Moment,
    Outcome,
    Run,
    Seen,
    Shadow,
    State,
    Target,
    Writer,
)
from bridge.store import events, holds, lanes, links, repair
from bridge.store.record import TOLD

EMAIL = Identifier("email", "ada@example.com")
EXTERNAL = Identifier("external_id", "42")
ADA, TWIN = Target("contact", "c1"), Target("contact", "c2")


def work(bench, subject="a"):
    """Open a ledger on a new event of a claimed lane."""
    bench.receive(subject)
    ledger = bench.ledger(bench.claim()[subject])
    ledger.hold(["everything"])
    return ledger


def later(bench, ledger):
    """End the work and open a ledger that reads it all anew."""
    bench.end(ledger)
    lanes.complete(bench.db, ledger.claim, drained=True)
    return work(bench)


def counted(db):
    """Give a list that grows with every transaction that is begun."""
    begun = []
    event.listen(db.engine, "begin", begun.append)
    return begun


def run(value, first, last=None, *, field="name", source="stripe"):
    begin, end = Moment(first, 0, 1), Moment(last or first, 0, 2)
    return Run(source, field, value, begin, end, 1)


def test_a_link_is_found_both_ways_at_once_and_afterwards(bench):
    """Gathered links count before they are saved."""
    ledger = work(bench)
    for found in (ledger, None):
        found = found or later(bench, ledger)
        if found is ledger:
            ledger.link(EMAIL, ADA)
            ledger.link(EXTERNAL, ADA)
        assert found.find("contact", EMAIL) == ("c1",)
        assert found.identifiers(ADA) == (EMAIL, EXTERNAL)
        assert found.find("company", EMAIL) == ()


def test_opening_reads_in_one_transaction_what_the_identifiers_mean(bench):
    """Whom they mean is held with them, and all that is known of him is there at once."""
    ledger = work(bench)
    ledger.link(EXTERNAL, ADA)
    ledger.see(Shadow(ADA, {"name": Seen("Ada", 5)}, 5, True))
    ledger.replace_runs(ADA, "stripe", "name", [run("Ada", 1)])
    bench.end(ledger)
    lanes.complete(bench.db, ledger.claim, drained=True)
    bench.receive("a")
    opened = bench.ledger(bench.claim()["a"])
    opened.open([("contact", [EMAIL, EXTERNAL])])
    keys = bench.rows("SELECT key FROM holds ORDER BY key")
    assert keys == [("contact:c1",), ("email:ada@example.com",), ("external_id:42",)]
    begun = counted(bench.db)
    assert opened.find("contact", EMAIL) == ()
    assert opened.find("contact", EXTERNAL) == ("c1",)
    opened.take(["contact:c1"])
    assert opened.shadow(ADA).get("name") == "Ada"
    assert [one.value for one in opened.runs(ADA)] == ["Ada"]
    assert begun == []


def test_opening_reads_what_an_answer_will_show_again(bench):
    """Where people may share it only while it is the person's: else it is asked for when needed."""
    ledger = work(bench)
    held = {"email": Seen("ada@example.com", 5), "phone": Seen("+15550100", 5)}
    ledger.link(EXTERNAL, ADA)
    ledger.link(EMAIL, ADA)
    ledger.see(Shadow(ADA, held, 5, True))
    bench.end(ledger)
    lanes.complete(bench.db, ledger.claim, drained=True)
    bench.receive("a")
    opened = bench.ledger(bench.claim()["a"])
    opened.open([("contact", [EXTERNAL])])
    begun = counted(bench.db)
    assert opened.find("contact", EMAIL) == ("c1",)
    assert begun == []
    assert opened.find("contact", Identifier("phone", "+15550100")) == ()
    assert len(begun) == 1


def test_what_one_name_means_is_not_taken_for_another(bench):
    """Several are asked for at once; the value of one under another's name is nobody's."""
    ledger = work(bench)
    ledger.link(Identifier("external_id", "7"), ADA)
    ledger.link(Identifier("stripe_customer", "42"), TWIN)
    ledger.save()
    opened = later(bench, ledger)
    crossed = Identifier("external_id", "42"), Identifier("stripe_customer", "7")
    opened.open([("contact", crossed)])
    assert [opened.find("contact", one) for one in crossed] == [(), ()]


def test_opening_takes_nothing_where_the_person_is_anothers(bench):
    """Also the identifiers stay free then, and the event is not yet working."""
    ledger = work(bench)
    ledger.link(EMAIL, ADA)
    ledger.save()
    ledger.take(["contact:c1"])
    bench.receive("b")
    other = bench.ledger(bench.claim()["b"])
    with pytest.raises(Busy):
        other.open([("contact", [EMAIL])])
    assert bench.rows("SELECT key FROM holds ORDER BY key") == [("contact:c1",), ("everything",)]
    assert bench.stored(other.event.id).state is State.PENDING


def test_opening_sees_what_was_written_while_it_waited_for_a_hold(bench):
    """What the identifiers meant before they were held is only a guess."""
    bench.receive("a", "b")
    claims = bench.claim()
    first, second = (bench.ledger(claims[subject]) for subject in ("a", "b"))
    first.open([("contact", [EMAIL])])
    with bench.db.write() as connection:
        holds.release(connection, first.owner)
        links.add(connection, "w", "stripe", None, [(EMAIL, TWIN)])
        if bench.db.dialect == "postgresql":
            opening = bench.blocked(lambda: second.open([("contact", [EMAIL])]))
    if bench.db.dialect == "postgresql":
        opening.result()
    else:
        second.open([("contact", [EMAIL])])
    assert second.find("contact", EMAIL) == ("c2",)


def test_an_identifier_that_is_one_persons_is_not_given_to_another(bench):
    """It must be unlinked first; saying it again of the same person is no harm."""
    ledger = work(bench)
    ledger.link(EXTERNAL, ADA)
    ledger = later(bench, ledger)
    ledger.link(EXTERNAL, ADA)
    with pytest.raises(BridgeError, match="external_id belongs to contact c1"):
        ledger.link(EXTERNAL, TWIN)
    ledger.unlink(EXTERNAL, ADA)
    ledger.link(EXTERNAL, TWIN)
    assert later(bench, ledger).find("contact", EXTERNAL) == ("c2",)


def test_people_may_share_an_email(bench):
    """All who have it are found, the one that was linked first first."""
    ledger = work(bench)
    ledger.link(EMAIL, TWIN)
    ledger.save()
    ledger.link(EMAIL, ADA)
    assert ledger.find("contact", EMAIL) == ("c2", "c1")
    assert later(bench, ledger).find("contact", EMAIL) == ("c2", "c1")


def test_an_unlinked_identifier_is_unknown(bench):
    """A record that was deleted at its source no longer means the person, who stays."""
    ledger = work(bench)
    ledger.link(EMAIL, ADA)
    ledger.link(EXTERNAL, ADA)
    ledger = later(bench, ledger)
    ledger.unlink(EXTERNAL, ADA)
    assert ledger.find("contact", EXTERNAL) == ()
    ledger = later(bench, ledger)
    assert ledger.find("contact", EXTERNAL) == ()
    assert ledger.identifiers(ADA) == (EMAIL,)


def test_links_are_of_their_workspace(bench):
    """Contact ids of one workspace mean nothing in another."""
    ledger = work(bench)
    ledger.link(EMAIL, ADA)
    ledger.save()
    bench.sql("UPDATE links SET workspace = 'another'")
    assert later(bench, ledger).find("contact", EMAIL) == ()


def test_an_identifier_of_any_length_can_be_found(bench):
    """What is too long for an index is known by its hash."""
    endless = Identifier("external_id", "é\x00" * 3_000)
    ledger = work(bench)
    ledger.link(endless, ADA)
    assert ledger.find("contact", endless) == ("c1",)
    assert later(bench, ledger).find("contact", endless) == ("c1",)


def test_a_shadow_comes_back_exactly(bench):
    """Values of every JSON type, large integers included, and what was sent for them."""
    fields = {
        "name": Seen("Ada\x00\ud800", 5),
        "custom_attributes.spend": Seen(2, 6, sent=2.4),
        "custom_attributes.big": Seen(2**70, 7),
        "phone": Seen(None, 8),
        "tags": Seen(["vip"], 9),
        "email": Seen("a@x.example", 9, by=Writer("stripe", 3, 7, "customer.*")),
    }
    seen = Shadow(ADA, fields, updated_at=1_700_000_000, complete=True)
    ledger = work(bench)
    assert ledger.shadow(ADA) == Shadow(ADA)
    ledger.see(seen)
    assert ledger.shadow(ADA) == seen
    back = later(bench, ledger).shadow(ADA)
    assert back == seen
    assert {name: one.by for name, one in back.fields.items()} == {
        name: one.by for name, one in fields.items()
    }


def test_runs_are_replaced_for_one_source_and_field(bench):
    """Others stay; all come in the order in which they began."""
    ledger = work(bench)
    ledger.replace_runs(ADA, "stripe", "name", [run("A", 10, 20), run("B", 30)])
    ledger.replace_runs(ADA, "hubspot", "name", [run("H", 15, source="hubspot")])
    ledger.replace_runs(ADA, "stripe", "phone", [run(None, 12, field="phone")])
    ledger = later(bench, ledger)
    ledger.replace_runs(ADA, "stripe", "name", [run("A", 10, 40)])
    expected = (
        run("A", 10, 40),
        run(None, 12, field="phone"),
        run("H", 15, source="hubspot"),
    )
    assert ledger.runs(ADA) == expected
    assert later(bench, ledger).runs(ADA) == expected


def test_only_what_differs_is_written_of_what_a_source_said(bench):
    """A long history costs a repeat or a new value nothing: its rows stay as they are."""
    ledger = work(bench)
    ledger.replace_runs(ADA, "stripe", "name", [run("A", 10), run("B", 20)])
    ledger.replace_runs(ADA, "stripe", "phone", [run("1", 10, field="phone")])
    ledger = later(bench, ledger)
    rows = {one.value: one.row for one in ledger.runs(ADA)}
    first, second, phone = ledger.runs(ADA)[0], ledger.runs(ADA)[2], ledger.runs(ADA)[1]
    assert (first.value, second.value, phone.value) == ("A", "B", "1")
    longer = replace(second, last=Moment(30, 0, 2))
    ledger.replace_runs(ADA, "stripe", "name", [first, longer, run("C", 40)])
    ledger.save()
    ledger.replace_runs(ADA, "stripe", "name", [*ledger.runs(ADA)[:1], longer, run("D", 40)])
    found = [one for one in later(bench, ledger).runs(ADA) if one.field == "name"]
    assert [(one.value, one.last.time) for one in found] == [("A", 10), ("B", 30), ("D", 40)]
    assert [one.row for one in found[:2]] == [rows["A"], rows["B"]]
    assert len({one.row for one in found} | {rows["1"]}) == 4


def test_a_merged_contact_leaves_its_links_and_assertions_to_the_other(bench):
    """The shadow goes: what Intercom holds of the other is read anew."""
    ledger = work(bench)
    ledger.link(EMAIL, ADA)
    ledger.link(EXTERNAL, ADA)
    ledger.link(EMAIL, TWIN)
    ledger.see(Shadow(ADA, {"name": Seen("Ada", 1)}))
    ledger.replace_runs(ADA, "stripe", "name", [run("late", 30)])
    ledger.replace_runs(TWIN, "stripe", "name", [run("early", 10)])
    ledger = later(bench, ledger)
    ledger.forget(ADA, into="c2")
    for found in (ledger, None):
        found = found or later(bench, ledger)
        assert found.find("contact", EMAIL) == ("c2",)
        assert found.find("contact", EXTERNAL) == ("c2",)
        assert found.identifiers(ADA) == ()
        assert found.shadow(ADA) == Shadow(ADA)
        assert found.runs(ADA) == ()
        assert found.runs(TWIN) == (run("early", 10), run("late", 30))


def test_a_deleted_contact_leaves_nothing(bench):
    """Its identifiers are free for whoever comes."""
    ledger = work(bench)
    ledger.link(EXTERNAL, ADA)
    ledger.see(Shadow(ADA, {"name": Seen("Ada", 1)}))
    ledger.replace_runs(ADA, "stripe", "name", [run("A", 10)])
    ledger = later(bench, ledger)
    ledger.forget(ADA)
    ledger.save()
    for table in ("links", "shadow", "assertions"):
        assert bench.rows(f"SELECT * FROM {table}") == []


def test_a_finished_step_is_known_to_the_retry_and_gone_at_the_end(bench):
    """A retry resumes behind it; a later replay of the event plans anew."""
    ledger = work(bench)
    assert ledger.finished("create contact") is None
    ledger.finish_step("create contact", {"id": "c1"})
    assert ledger.finished("create contact") == {"id": "c1"}
    bench.end(ledger, retry_in=5.0)
    again = bench.ledger(ledger.claim)
    assert again.finished("create contact") == {"id": "c1"}
    bench.end(again)
    assert bench.rows("SELECT * FROM journal") == []


def test_what_was_told_stays_told(bench):
    """A replay finds it in the journal; a step as long as an address may be is found, too."""
    steps = [f"{TOLD}c1 paid", f"create lead {'a' * 250}@example.com"]
    ledger = work(bench)
    for step in steps:
        ledger.finish_step(step, 1)
    bench.end(ledger, retry_in=5.0)
    again = bench.ledger(ledger.claim)
    assert [again.finished(step) for step in steps] == [1, 1]
    bench.end(again)
    assert bench.rows("SELECT step FROM journal") == [(steps[0],)]
    repair.replay(bench.db, again.event.id)
    assert bench.rows("SELECT step FROM journal") == [(steps[0],)]


@pytest.mark.parametrize(("state", "kept"), [("parked", 1), ("waiting", 1), ("failed", 0)])
def test_the_journal_lives_until_the_event_ends(bench, state, kept):
    """An event that will go on where it stopped keeps its finished steps."""
    ledger = work(bench)
    ledger.finish_step("note", 1)
    bench.end(ledger, State(state))
    assert bench.rows("SELECT count(*) FROM journal") == [(kept,)]


def test_an_end_is_written_whole(bench):
    """State, reason, route, remarks, tries and the attempt with its calls; the holds are free."""
    ledger = work(bench)
    bench.end(ledger, State.PARKED, reason="two people", route="customer", warnings=("no table",))
    (row,) = events.listing(bench.db)
    assert (row.state, row.reason, row.route) == (State.PARKED, "two people", "customer")
    assert (row.notes, row.tries) == (("no table",), 1)
    assert events.attempts(bench.db, row.id) == [bench.attempt(row.id)]
    assert bench.rows("SELECT * FROM holds") == []
    assert bench.due(ledger.claim) == []


def test_a_retried_event_stays_due_in_its_place(bench):
    """A try that was its own fault is counted; one that was not, is not."""
    first = work(bench)
    bench.end(first, State.FAILED, retry_in=5.0, reason="Intercom answered 503")
    (event,) = events.due(bench.db, first.claim, 10)
    assert (event.state, event.tries, event.reason) == (State.PENDING, 1, "Intercom answered 503")
    bench.end(bench.ledger(first.claim), State.PENDING, retry_in=0.1, counts=False)
    assert bench.stored(event.id).tries == 1


def test_events_applied_together_end_together(bench):
    """A folded event has its own fate and attempt, in the transaction of the one applied."""
    bench.receive("a", "a")
    claim = bench.claim()["a"]
    first, second = events.due(bench.db, claim, 10)
    ledger = bench.ledger(claim, second.id)
    ledger.hold(["everything"])
    own = Attempt(first.id, 1, 7, 0.0, (), "done", folded_into=second.id)
    other = Ending(first, Outcome(State.DONE, route="other"), own)
    ledger.end(Outcome(State.DONE), bench.attempt(second.id), folded=[other])
    assert {bench.stored(one.id).state for one in (first, second)} == {State.DONE}
    assert events.attempts(bench.db, first.id) == [own]


def test_events_applied_together_are_marked_and_have_their_own_journal(bench):
    """All are at work at once; a step of one is none of the other's, and outlives a crash."""
    bench.receive("a", "a")
    claim = bench.claim()["a"]
    first, second = events.due(bench.db, claim, 10)
    ledger = bench.ledger(claim, first.id)
    ledger.folded = [second]
    ledger.hold(["everything"])
    assert {bench.stored(one.id).state for one in (first, second)} == {State.WORKING}
    ledger.finish_step("told", True, second.id)
    ledger.save()
    assert bench.ledger(claim, first.id).finished("told") is None
    assert bench.ledger(claim, second.id).finished("told") is True
    assert bench.ledger(claim, first.id).finished("told", second.id) is True


def test_an_event_discarded_meanwhile_is_not_worked_on(bench):
    """An operator's word between claim and work counts; the lane comes back for the rest."""
    (event_id,) = bench.receive("a")
    claim = bench.claim()["a"]
    begun, ended = bench.ledger(claim), bench.ledger(claim)
    events.discard(bench.db, event_id)
    with pytest.raises(Busy):
        begun.hold(["a"])
    with pytest.raises(LeaseLost):
        bench.end(ended)
    assert bench.rows("SELECT * FROM holds") == []
    assert bench.stored(event_id).state is State.DISCARDED


def test_what_failed_to_save_can_be_saved_again(bench):
    """Gathered writes are forgotten only once they are committed."""
    ledger = work(bench)
    ledger.link(EMAIL, ADA)
    bench.sql("ALTER TABLE links RENAME TO gone")
    with pytest.raises(Exception, match="no tables"):
        ledger.save()
    bench.sql("ALTER TABLE gone RENAME TO links")
    ledger.save()
    assert later(bench, ledger).find("contact", EMAIL) == ("c1",)
