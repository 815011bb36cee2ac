"""The one way to Intercom: sends a Call, gives its Answer, raises what the answer means.

It retries nothing: waiting and repeating belong to the lane, which outlives this process.
"""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

import requests

from bridge import __version__
from bridge.clock import Clock, system_clock
from bridge.intercom.refusal import complaint, mask, raise_for
from bridge.intercom.transport import Exchange, exchange, explain, open_session
from bridge.model import Answer, Call, Json, Permits, Recorder

MAX_ANSWER = 8 * 1024 * 1024
"""Bytes; the largest answers known, 150 full contacts, are below 1 MiB."""


class Client:
    """A connection to one Intercom workspace, safe to share between threads.

    `timeout` is the total of one call in seconds, from connecting to the last byte. Each thread
    has its own connection.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        version: str = "2.16",
        timeout: float = 20.0,
        permits: Permits | None = None,
        clock: Clock = system_clock,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.version = version
        self.timeout = timeout
        self._headers = _headers(_usable(token), version)
        self._permits = permits
        self._recorder: Recorder | None = None
        self._clock = clock
        self._monotonic = monotonic
        self._threads = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()

    def __repr__(self) -> str:
        return f"Client({self.base_url!r}, version={self.version!r})"

    @property
    def longest(self) -> float:
        """Give the seconds that a call may take from being asked for to its end."""
        return self.timeout + (0.0 if self._permits is None else self._permits.patience)

    def recording(self, recorder: Recorder) -> Client:
        """Give a client like this one, over the same connections, that tells `recorder` all."""
        twin = copy.copy(self)
        twin._recorder = recorder
        return twin

    def send(self, call: Call) -> Answer:
        """Send one call and give its answer.

        Raises IntercomBusy (wait and repeat), IntercomConflict, IntercomMerged, IntercomNotFound,
        IntercomUnauthorized or IntercomRefused: see `refusal.raise_for`.
        """
        if self._permits is not None:
            self._permits.take(call)
        answer = self._exchange(call)
        if self._permits is not None:
            self._permits.learn(answer)
        if self._recorder is not None:
            self._recorder(answer)
        raise_for(answer, self._clock)
        return answer

    def close(self) -> None:
        """Close the connections of every thread; a later call opens a new one."""
        for session in list(self._sessions):
            session.close()

    def _exchange(self, call: Call) -> Answer:
        request = requests.Request(
            call.method,
            self.base_url + call.path,
            params={name: str(value) for name, value in call.query.items()},
            data=None if call.body is None else json.dumps(call.body, allow_nan=False).encode(),
            headers={} if call.body is None else {"Content-Type": "application/json"},
        )
        began = self._monotonic()
        current, response, body, failure = exchange(
            self._session(), request, self.timeout, MAX_ANSWER
        )
        took = self._monotonic() - began
        if response is None or failure is not None:
            return self._unanswered(call, current, failure, took)
        return _answer(call, response, body, took)

    def _unanswered(
        self, call: Call, current: Exchange, failure: Exception | None, took: float
    ) -> Answer:
        told = explain(current, failure or TimeoutError(), self.timeout)
        return Answer(call=call, status=0, body=None, headers={}, took=took, error=told)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = open_session(self._headers)
            self._sessions.add(session)
        return session


def describe(answer: Answer) -> dict[str, Json]:
    """Give what is kept of an answer: which call, what came back, how long it took (ms)."""
    told: dict[str, Json] = {
        "name": answer.call.name,
        "method": answer.call.method,
        "path": mask(answer.call.path),
        "status": answer.status,
        "request_id": answer.request_id,
        "ms": round(answer.took * 1000),
    }
    code, text = complaint(answer.body) or ("", "")
    error = answer.error or ": ".join(part for part in (code, text) if part)
    return told | {"error": mask(error)} if error else told


def _usable(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("The access token is blank or holds characters that cannot be sent.")
    return token


def _headers(token: str, version: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Intercom-Version": version,
        "User-Agent": f"intercom-bridge/{__version__}",
    }


def _answer(call: Call, response: requests.Response, body: bytes, took: float) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    parsed, error = _parsed(body)
    # What a proxy says in HTML beside an error status is no news; beside a 200 it is the error.
    told = error if 200 <= response.status_code < 300 else ""
    return Answer(call, response.status_code, parsed, headers, took, told)


def _parsed(body: bytes) -> tuple[Any, str]:
    if not body.strip():
        return None, ""
    try:
        return json.loads(body), ""
    except (ValueError, RecursionError):
        return None, "the answer is not JSON"
