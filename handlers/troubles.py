"""What goes wrong with one of several people or companies harms no other; it is told at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bridge.errors import BridgeError, Erased, IntercomRefused, Parked, Skipped
from bridge.model import CompanyChange, Identifier, PersonChange
from handlers.errors import Awaited


class Troubles:
    """What was met while the Changes of one event were made true, `several` of them or one."""

    def __init__(self, several: int) -> None:
        self._several = several
        self._met: list[BridgeError] = []
        self._awaited: list[Identifier] = []

    @contextmanager
    def apart(self, change: PersonChange | CompanyChange, *, alone: bool) -> Iterator[None]:
        """Keep what is wrong with a Change; raise it at once where it stands `alone`.

        What passes by itself, such as a busy Intercom, is always raised: the event is tried again.
        """
        try:
            yield
        except (Parked, Awaited, Skipped, IntercomRefused) as error:
            if alone or change.sayings:
                raise
            self._met.append(error)
            if isinstance(error, Awaited):
                self._awaited += change.match

    def tell(self, warn: Callable[[str], None]) -> None:
        """Raise what decides the event's fate, and remark on the rest.

        Somebody awaited comes before all: what else there is shows again when they are known.
        """
        all_skipped = len(self._met) == self._several
        worst = min(self._met, key=_rank, default=None)
        if worst is None or (_rank(worst) == _rank(Skipped()) and not all_skipped):
            worst = None
        for error in dict.fromkeys(str(one) for one in self._met if one is not worst):
            warn(error)
        if isinstance(worst, Awaited):
            raise Awaited(worst.due_by, self._awaited)
        if worst is not None:
            raise worst


def _rank(error: BridgeError) -> int:
    if isinstance(error, Awaited):
        return 0
    if isinstance(error, Skipped):
        return 2 if isinstance(error, Erased) else 3
    return 1
