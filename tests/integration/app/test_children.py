"""The processes of `bridge run`: in order, watched, revived, ended together."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from bridge.app.children import Child, Children

ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sandbox(name: str = "sandbox", *more: str) -> Child:
    """Give a child that answers once it is up."""
    port = free_port()

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/", timeout=2).ok
        except requests.RequestException:
            return False

    arguments = ["sandbox", "--port", str(port), "--quiet", *more]
    return Child(name, arguments, ENVIRONMENT, answers)


class Watched:
    """Children watched in a thread."""

    def __init__(self, *every: Child) -> None:
        self.children = Children(every)
        self.ready: list[list[str]] = []
        self.result: int | None = None
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        def told() -> None:
            self.ready.append([one.name for one in self.children.every if one.answers()])

        self.result = self.children.watch(told)

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 40
        while not holds():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def end(self) -> None:
        self.children.stopping.set()
        self._thread.join()
        self.children.stop()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    """Watch children, and end them after the test."""
    started: list[Watched] = []

    def start(*every: Child) -> Watched:
        started.append(Watched(*every))
        return started[-1]

    yield start
    for one in started:
        one.end()


def test_each_is_started_once_the_one_before_answers(watch: Callable[..., Watched]) -> None:
    """So that none complains that another is not there yet; then it is told, once."""
    first, second = sandbox("first"), sandbox("second")
    seen: list[bool] = []
    answers = first.answers

    def asked() -> bool:
        seen.append(second.process is None)
        return answers()

    first.answers = asked
    watched = watch(first, second)
    watched.until(lambda: watched.ready)
    assert all(seen[:-1])
    assert watched.ready == [["first", "second"]]


def test_one_that_is_killed_is_started_again(watch: Callable[..., Watched]) -> None:
    """And nothing is told anew."""
    child = sandbox()
    watched = watch(child)
    watched.until(lambda: watched.ready)
    assert child.process is not None
    before = child.process.pid
    os.kill(before, signal.SIGKILL)
    watched.until(lambda: child.process and child.process.pid != before)
    watched.until(child.answers)
    assert len(watched.ready) == 1


def test_one_that_cannot_live_ends_them_all(watch: Callable[..., Watched], tmp_path: Path) -> None:
    """Starting it for ever would only fill the log."""
    (tmp_path / "state.json").write_text("nonsense")
    broken = sandbox("broken", "--state", str(tmp_path / "state.json"))
    watched = watch(broken)
    watched.until(lambda: watched.result is not None)
    assert watched.result == 1
    assert broken.failures == 3
    assert watched.ready == []


def test_ending_asks_first_and_leaves_nobody(watch: Callable[..., Watched], tmp_path: Path) -> None:
    """What it holds is written on the way out; the exit is its own."""
    child = sandbox("kept", "--state", str(tmp_path / "state.json"))
    watched = watch(child)
    watched.until(lambda: watched.ready)
    watched.end()
    assert watched.result == 0
    assert child.ended == 0
    assert (tmp_path / "state.json").exists()


def test_asking_twice_ends_at_once(watch: Callable[..., Watched]) -> None:
    """A second Ctrl-C does not wait for anybody."""
    child = sandbox()
    watched = watch(child)
    watched.until(lambda: watched.ready)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGSTOP)  # it cannot even hear
    watched.children.interrupt()
    watched.children.interrupt()
    watched.end()
    assert child.ended == -signal.SIGKILL
