"""Hosts on one machine: network namespaces on one switch, with cables that can be pulled.

Needs Linux, iproute2 and CAP_NET_ADMIN. On every host the name `localhost` is the test's own end
of the switch, so that the sandbox there is at a URL that counts as being on loopback.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_NAMES = Path("/etc/netns")
"""Where `ip netns exec` finds the files that replace those in /etc on one host."""


class Unavailable(Exception):
    """This machine gives no hosts; the message says why."""


@dataclass(frozen=True, slots=True)
class Host:
    """A namespace of the network, at `address`."""

    name: str
    address: str

    @property
    def within(self) -> tuple[str, ...]:
        """Give the command that runs another on this host."""
        return ("ip", "netns", "exec", self.name)

    def cut(self) -> None:
        """Pull the cable: what is sent either way is lost, and nobody is told."""
        _ip("link", "set", self.name, "down")

    def restore(self) -> None:
        """Plug the cable in again."""
        _ip("link", "set", self.name, "up")


class Network:
    """A switch that the test is at, at `address`, and the hosts on it; gone when the block ends."""

    def __init__(self) -> None:
        self._tag = f"{random.randrange(16**5):05x}"
        self._subnet = f"10.83.{random.randrange(256)}"
        self._stack = ExitStack()
        self._count = 1
        self.address = f"{self._subnet}.1"

    def __enter__(self) -> Network:
        if not shutil.which("ip"):
            raise Unavailable("`ip` is not installed (Debian: iproute2)")
        switch = f"switch{self._tag}"
        _ip("link", "add", switch, "type", "bridge")
        self._stack.callback(_ip, "link", "del", switch)
        _ip("addr", "add", f"{self.address}/24", "dev", switch)
        _ip("link", "set", switch, "up")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def host(self, name: str) -> Host:
        """Add a host; `name` is short."""
        self._count += 1
        host = Host(f"{name}{self._tag}", f"{self._subnet}.{self._count}")
        _ip("netns", "add", host.name)
        self._stack.callback(_ip, "netns", "del", host.name)
        _ip("link", "add", host.name, "type", "veth", "peer", "eth0", "netns", host.name)
        _ip("link", "set", host.name, "master", f"switch{self._tag}", "up")
        _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
        _ip("-n", host.name, "link", "set", "eth0", "up")
        _ip("-n", host.name, "link", "set", "lo", "up")
        self._tell_names(host)
        return host

    def _tell_names(self, host: Host) -> None:
        folder = _NAMES / host.name
        folder.mkdir(parents=True)
        self._stack.callback(shutil.rmtree, folder)
        (folder / "hosts").write_text(f"{self.address} localhost\n")


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"ip {' '.join(words)}: {done.stderr.strip()}")
