"""How often one address may send a form: counted in this process, by the minute."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict

from bridge.clock import SECOND, Micros

MOST = 20_000
"""Addresses remembered at a time; the one seen longest ago is forgotten first."""

_MINUTE = 60 * SECOND


class Visitors:
    """The addresses that sent in the last minute, each with what it may still send.

    A bucket that fills evenly: `per_minute` at once, then one whenever its share of a minute is
    over. Each web process counts for itself.
    """

    def __init__(self) -> None:
        self._empty_at: OrderedDict[tuple[str, str], Micros] = OrderedDict()
        self._lock = threading.Lock()

    def admit(self, source: str, address: str | None, per_minute: int, now: Micros) -> bool:
        """Count a form of an address; say whether it may be taken."""
        who = source, network_of(address)
        with self._lock:
            busy_until = max(self._empty_at.pop(who, now), now)
            later = busy_until + _MINUTE // per_minute
            admitted = later - now <= _MINUTE
            self._empty_at[who] = later if admitted else busy_until
            if len(self._empty_at) > MOST:
                self._empty_at.popitem(last=False)
        return admitted


def network_of(address: str | None) -> str:
    """Give what counts as one sender: an IPv4 address, or the /64 that one connection has."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False))
