"""Deadlines: what is late is acted on, what was called off is not, by one thread for all."""

from __future__ import annotations

import threading

from bridge.intercom.deadline import Watch

PATIENCE = 10.0


def test_what_is_late_is_acted_on_however_far_off_the_others_are() -> None:
    """A sooner deadline wakes the thread that waits for a later one."""
    watch, late = Watch(), threading.Event()
    watch.set(3600, lambda: None)
    watch.set(0.01, late.set)
    assert late.wait(PATIENCE)


def test_what_was_called_off_is_not_acted_on() -> None:
    """Also where its moment has come, and what comes behind it is."""
    watch, late, acts = Watch(), threading.Event(), list[str]()
    watch.set(0.01, lambda: acts.append("called off")).call_off()
    watch.set(0.02, late.set)
    assert late.wait(PATIENCE)
    assert acts == []


def test_many_deadlines_share_one_thread() -> None:
    """A call costs no thread of its own."""
    watch, late = Watch(), threading.Event()
    before = threading.active_count()
    for _ in range(50):
        watch.set(3600, lambda: None)
    assert threading.active_count() == before + 1
    watch.set(0, late.set)
    assert late.wait(PATIENCE)
