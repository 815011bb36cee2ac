"""What an engine keeps: each promise tried once, with its mechanism in the way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import closing, suppress

from bench.engines.engine import Engine, Fact, Opened, Refused, Taken, keep

LEASE = 3.0
_STEP = 0.05
_WAIT = 3 * LEASE


def worked_on(opened: Opened) -> int:
    """Deliver one event thrice (twice while it waits, once behind its end): how often is it new?"""
    fact, done = Fact("again", "cus_again"), 0
    with closing(opened()) as engine:
        for deliveries in (2, 1):
            for _ in range(deliveries):
                with suppress(Refused):
                    keep(engine, [fact])
            while found := engine.take(1, LEASE):
                done += sum(len(taken.keys) for taken in found)
                for taken in found:
                    engine.end(taken)
    return done


def undone(opened: Opened) -> bool:
    """Say whether an event is gone when the transaction that kept it fails behind it."""
    with closing(opened()) as engine:
        try:
            with engine.keeping([Fact("undone", "cus_undone")]):
                raise _Failed
        except _Failed:
            return not engine.take(1, LEASE)


class _Failed(Exception):
    """The rest of the transaction failed."""


def together(opened: Opened) -> int:
    """Give how many of a subject's five waiting events a worker gets at once."""
    with closing(opened()) as engine:
        keep(engine, [Fact(f"fold {n}", "cus_fold") for n in range(5)])
        found = engine.take(1, LEASE)
        most = max(len(taken.keys) for taken in found)
        while found:
            for taken in found:
                engine.end(taken)
            found = engine.take(1, LEASE)
        return most


def held_back(opened: Opened) -> bool:
    """Say whether a subject's first event, put back for a while, keeps the second one waiting."""
    with closing(opened()) as engine:
        keep(engine, [Fact("first", "cus_back")])
        [taken] = engine.take(1, LEASE)
        engine.again(taken, 2)
        keep(engine, [Fact("second", "cus_back")])
        first = _awaited(engine, _WAIT)
        keys = list(first.keys) if first else []
        while first:
            engine.end(first)
            first = _awaited(engine, 0.5)
        return keys[:1] == ["first"]


def overtakes(opened: Opened) -> bool:
    """Say whether an event overtakes one that got its number, but is not committed yet."""
    keys: list[str] = []
    with closing(opened()) as slow, closing(opened()) as worker:
        committed = threading.Event()
        with slow.keeping([Fact("slow", "cus_order")]):
            quick = threading.Thread(target=_quick, args=(opened, committed))
            quick.start()
            committed.wait(1)  # an engine that keeps the order makes it wait
            keys += _worked(worker)
        quick.join()
        keys += _worked(worker)
    return keys != ["slow", "quick"]


def _quick(opened: Opened, committed: threading.Event) -> None:
    with closing(opened()) as engine:
        keep(engine, [Fact("quick", "cus_order")])
    committed.set()


def taken_over(opened: Opened, name: str, url: str) -> tuple[float | None, float | None]:
    """Kill a worker: in how many seconds does another get its event, by itself, and when mended?

    None: it did not within three leases.
    """
    with closing(opened()) as engine:
        keep(engine, [Fact("killed", "cus_killed")])
        killed = _kill_a_worker(name, url)
        alone = _awaited(engine, killed + _WAIT - time.monotonic())
        if alone is not None:
            seconds = time.monotonic() - killed
            engine.end(alone)
            return seconds, None
        mended = _awaited(engine, _WAIT, mended=True)
        seconds = time.monotonic() - killed
        if mended is not None:
            engine.end(mended)
        return None, seconds if mended else None


def _kill_a_worker(name: str, url: str) -> float:
    command = [sys.executable, "-m", "bench.engines.victim", name, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as victim:  # noqa: S603
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() == b"taken"
        victim.kill()
    return time.monotonic()


def fenced(opened: Opened) -> bool:
    """Say whether a worker that was taken over can no longer let a third one in beside the second.

    It tells its end late; the subject's next event must still wait for the one who has it now.
    """
    with closing(opened()) as engine, closing(opened()) as other:
        keep(engine, [Fact("fence 1", "cus_fence")])
        [late] = engine.take(1, 1)
        current = _awaited(other, _WAIT) or _awaited(other, _WAIT, mended=True)
        assert current is not None
        keep(engine, [Fact("fence 2", "cus_fence")])
        engine.end(late)
        third = engine.take(1, LEASE)
        for taken in third or [current]:
            other.end(taken)
        _worked(other)
        return not third


def _worked(engine: Engine) -> list[str]:
    keys: list[str] = []
    while found := engine.take(1, LEASE):
        for taken in found:
            keys += taken.keys
            engine.end(taken)
    return keys


def _awaited(engine: Engine, seconds: float, *, mended: bool = False) -> Taken | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if mended:
            engine.mend(1)
        if found := engine.take(1, LEASE):
            return found[0]
        time.sleep(_STEP)
    return None
