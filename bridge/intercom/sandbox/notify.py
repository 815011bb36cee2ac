"""Notifications: the sandbox tells an address what changes in it, signed as Intercom does."""

from __future__ import annotations

import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import requests

from bridge.intercom.sandbox import news
from bridge.intercom.sandbox.model import Company, Contact
from bridge.intercom.sandbox.news import News
from bridge.intercom.sandbox.state import Sandbox

AGAIN = 60.0
"""Seconds after which Intercom repeats a notification that was not answered; it does so once."""

PATIENCE = 5.0
"""Seconds that Intercom waits for an answer."""

Post = Callable[[bytes, dict[str, str]], bool]
"""Sends a body with headers; says whether it was taken."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where notifications go, the secret they are signed with, and how late they are (seconds)."""

    url: str
    secret: str
    delay: float = 0.0


class Notifier:
    """Sends what changes in a sandbox from a thread of its own, in order.

    What is not taken is sent once more after `again` seconds. What is planted counts as well: to
    those who are told it came into being.
    """

    def __init__(
        self,
        state: Sandbox,
        to: Subscription,
        *,
        again: float = AGAIN,
        post: Post | None = None,
    ) -> None:
        self._state = state
        self._to = to
        self._again = again
        self._post = post or _poster(to.url)
        self._waiting: queue.Queue[tuple[float, bytes, bool] | None] = queue.Queue()
        self._halted = threading.Event()
        self._thread = threading.Thread(target=self._send_all, name="notifier", daemon=True)
        state.on_contact = self._contact
        state.on_company = self._company
        self._thread.start()

    def stop(self) -> None:
        """Send no more, and forget what waits."""
        self._state.on_contact = lambda old, new: None
        self._state.on_company = lambda old, new: None
        self._halted.set()
        self._waiting.put(None)
        self._thread.join(PATIENCE)

    def _contact(self, old: Contact | None, new: Contact) -> None:
        self._tell(news.of_contact(self._state, old, new))

    def _company(self, old: Company | None, new: Company | None) -> None:
        self._tell(news.of_company(self._state, old, new))

    def _tell(self, told: Iterable[News]) -> None:
        due = time.monotonic() + self._to.delay
        for topic, item in told:
            body = json.dumps(self._envelope(topic, item), ensure_ascii=False).encode()
            self._waiting.put((due, body, True))

    def _envelope(self, topic: str, item: Any) -> dict[str, Any]:
        now = self._state.now()
        return {
            "type": "notification_event",
            "app_id": self._state.workspace,
            "data": {"type": "notification_event_data", "item": item},
            "links": {},
            "id": f"notif_{uuid.uuid4()}",
            "topic": topic,
            "delivery_status": "pending",
            "delivery_attempts": 1,
            "delivered_at": 0,
            "first_sent_at": now,
            "created_at": now,
            "self": None,
        }

    def _send_all(self) -> None:
        while (next_one := self._waiting.get()) is not None:
            due, body, repeats = next_one
            self._halted.wait(max(0.0, due - time.monotonic()))
            if self._halted.is_set():
                return
            if not self._post(body, self._headers(body)) and repeats:
                self._later(body)

    def _later(self, body: bytes) -> None:
        timer = threading.Timer(self._again, self._waiting.put, [(0.0, body, False)])
        timer.daemon = True
        timer.start()

    def _headers(self, body: bytes) -> dict[str, str]:
        signature = hmac.new(self._to.secret.encode(), body, "sha1").hexdigest()
        return {
            "Content-Type": "application/json",
            "User-Agent": "intercom-parrot-service-client/1.0",
            "X-Hub-Signature": f"sha1={signature}",
        }


def _poster(url: str) -> Post:
    session = requests.Session()
    session.trust_env = False  # an address on this machine needs no proxy

    def post(body: bytes, headers: dict[str, str]) -> bool:
        try:
            return session.post(url, data=body, headers=headers, timeout=PATIENCE).ok
        except requests.RequestException:
            return False

    return post
