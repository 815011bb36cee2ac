"""One HTTP exchange that ends in time, whatever the other side does.

The timeouts of `requests` bound each wait, not the whole: a server that sends a byte a second holds
a thread for hours. Here a watch cuts the socket at the deadline, and an exchange knows whether
anything was sent before it failed: only then may the call have been carried out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection as StandardConnection
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from bridge.intercom.deadline import Deadline, Watch

CONNECT_SECONDS = 5.0
PIECE = 65_536
NOT_SENT = "not sent"
TOO_LARGE = "the answer is larger than any that Intercom gives"
FAILURES = (requests.RequestException, HTTPError, HTTPException, OSError)
"""What a broken exchange may raise: requests wraps most, not all, of what lies below it."""

_watch = Watch()


class TooLarge(Exception):
    """The answer is larger than any that Intercom gives."""


class Exchange:
    """One request and its answer, with `timeout` seconds for both."""

    def __init__(self, timeout: float) -> None:
        self.sent = False
        self.expired = False
        self._socket: socket.socket | None = None
        self._timeout = timeout
        self._deadline: Deadline | None = None

    def __enter__(self) -> Exchange:
        self._deadline = _watch.set(self._timeout, self._cut)
        return self

    def __exit__(self, *_: object) -> None:
        if self._deadline is not None:
            self._deadline.call_off()

    def use(self, connected: socket.socket) -> None:
        """Take note of the socket that is about to be written to; TimeoutError when too late."""
        self._socket = connected
        if self.expired:
            raise TimeoutError
        self.sent = True

    def _cut(self) -> None:
        self.expired = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Past any TLS layer, whose state belongs to the thread that is reading.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Current:
    """The exchange that a wire carries now.

    Connections know this and not the wire: a pool is closed when nobody knows it any more.
    """

    def __init__(self) -> None:
        self.exchange = Exchange(0)


class _Watched(StandardConnection):
    """A connection that tells the current exchange which socket it writes to."""

    current: Current
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        return _reach(self._dns_host, self.port, self.timeout or CONNECT_SECONDS)

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self.current.exchange.use(self.sock)
        super().send(data)


class _Plain(_Watched, HTTPConnection):
    pass


class _Secure(_Watched, HTTPSConnection):
    pass


def _reach(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to the first address of a host that answers, within `seconds` for all of them.

    The library gives each address that long: a host with several dead ones outlasts any deadline.
    """
    until = time.monotonic() + seconds
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for place, (family, kind, protocol, _, address) in enumerate(addresses):
        share = (until - time.monotonic()) / (len(addresses) - place)
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(max(share, 0.001))
            connection.connect(address)
        except TimeoutError:
            failure = TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        except OSError as error:
            failure = error
        else:
            connection.settimeout(seconds)
            return connection
        connection.close()
    raise failure


class Wire(HTTPAdapter):
    """The one connection of one thread to one server: no retries, one exchange at a time."""

    def __init__(self) -> None:
        self.current = Current()
        self._connections: ConnectionPool | None = None
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections are watched."""
        super().init_poolmanager(*args, **kwargs)
        pools: dict[str, Callable[..., HTTPConnectionPool]] = {
            "http": partial(_pool, self.current, HTTPConnectionPool, _Plain),
            "https": partial(_pool, self.current, HTTPSConnectionPool, _Secure),
        }
        self.poolmanager.pool_classes_by_scheme = pools

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        """Look up the pool once: the library takes every URL apart for it."""
        if self._connections is None:
            self._connections = super().get_connection_with_tls_context(*args, **kwargs)
        return self._connections

    def close(self) -> None:
        """Close the connection; a later exchange opens a new one."""
        self._connections = None
        super().close()


def _pool(
    current: Current,
    pool: type[HTTPConnectionPool],
    connection: type[_Watched],
    *args: Any,
    **kwargs: Any,
) -> HTTPConnectionPool:
    made = pool(*args, **kwargs)
    made.ConnectionCls = type(connection.__name__, (connection,), {"current": current})
    return made


def open_session(headers: dict[str, str]) -> requests.Session:
    """Give a session that keeps no cookies, reads no environment and follows nothing."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    session.headers.update(headers)
    wire = Wire()
    session.mount("https://", wire)
    session.mount("http://", wire)
    return session


def exchange(
    session: requests.Session, request: requests.Request, timeout: float, cap: int
) -> tuple[Exchange, requests.Response | None, bytes, Exception | None]:
    """Carry out one request: the exchange, the answer with its bytes, or what went wrong."""
    wire = session.get_adapter(request.url)
    assert isinstance(wire, Wire)
    wire.current.exchange = current = Exchange(timeout)
    prepared = session.prepare_request(request)
    limits = (min(CONNECT_SECONDS, timeout), timeout)
    try:
        with (
            current,
            # Not by the session, whose cookies, redirects and hooks are all not wanted.
            wire.send(prepared, stream=True, timeout=limits) as response,
        ):
            body = _read(response, cap)
        # A body that ends with the connection looks complete when it was we who cut it.
        failure = TimeoutError() if current.expired else None
        return current, response, body, failure
    except (*FAILURES, TooLarge) as error:
        return current, None, b"", error


def _read(response: requests.Response, cap: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > cap:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def explain(current: Exchange, error: Exception, timeout: float) -> str:
    """Say in words why no answer came; nothing of the request is in it."""
    if current.expired or isinstance(error, requests.Timeout):
        told = f"no answer within {timeout:g} s"
        return told if current.sent else f"{NOT_SENT}: {told}"
    if isinstance(error, TooLarge):
        return TOO_LARGE
    if current.sent:
        return "the connection was cut before the answer was complete"
    return f"{NOT_SENT}: {_root(error)}"


def _root(error: BaseException) -> str:
    """Give the system's own words for a failed connection ("Connection refused")."""
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate or TLS was not accepted"
    seen: BaseException | None = error
    words = type(error).__name__
    while seen is not None:
        if isinstance(seen, OSError) and seen.strerror:
            words = seen.strerror
        seen = seen.__cause__ or seen.__context__
    return words
