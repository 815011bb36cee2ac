"""What a handler is given to make a Change true: the dependencies, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.clock import Clock
from bridge.intercom.attributes import Attributes
from bridge.intercom.client import Client
from bridge.model import StoredEvent
from bridge.store.ledger import Ledger


def never() -> bool:
    """Say no: the workspace was not read as a whole."""
    return False


def no_subscription(name: str) -> dict[str, Any] | None:
    """Give no subscription type: nobody asked Intercom for them."""
    return None


@dataclass(frozen=True, slots=True)
class Work:
    """One event at work: what is known (`ledger`), who is asked (`intercom`), and where remarks go.

    `search_lag` is how long (seconds) Intercom's search may not yet show what was written; `route`
    is where the mapping says what is to be made true, or the operation's name. `unknown_is_new`
    says whether the store knows everybody whom Intercom has; `subscription` gives a subscription
    type by its name or id.
    """

    event: StoredEvent
    ledger: Ledger
    intercom: Client
    attributes: Attributes
    clock: Clock
    warn: Callable[[str], None]
    search_lag: float = 180.0
    route: str = ""
    unknown_is_new: Callable[[], bool] = never
    subscription: Callable[[str], dict[str, Any] | None] = no_subscription
