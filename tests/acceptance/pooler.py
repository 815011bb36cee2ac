"""PgBouncer in transaction mode before a PostgreSQL, as Debian packages it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, make_url

from tests.acceptance.product import free_port, until


@contextmanager
def pooled(database_url: str, connections: int = 4) -> Iterator[str]:
    """Give the URL of the same database through PgBouncer, which opens so many `connections`."""
    url = make_url(database_url)
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="bridge-pool-", dir="/tmp") as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_settings(url, port, folder, connections))
        _open_to_nobody(folder)
        process = subprocess.Popen(
            [shutil.which("pgbouncer") or "pgbouncer", "-q", settings],
            stderr=subprocess.DEVNULL,
            user="nobody" if os.geteuid() == 0 else None,
        )
        try:
            until(lambda: _listens(port), "PgBouncer does not listen", 10)
            through = url.set(host="127.0.0.1", port=port, query={})
            yield through.render_as_string(hide_password=False)
        finally:
            process.kill()
            process.wait()


def _settings(url: URL, port: int, folder: str, connections: int) -> str:
    host, user = url.query.get("host") or url.host, url.username or "postgres"
    (Path(folder) / "users").write_text(f'"{user}" "{url.password or ""}"\n')
    return f"""
[databases]
* = host={host} port={url.port or 5432}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
logfile = {folder}/log
"""


def _open_to_nobody(folder: str) -> None:
    """PgBouncer refuses to run as root: let `nobody` read what is in the folder."""
    if os.geteuid() == 0:
        for path in (Path(folder), *Path(folder).iterdir()):
            shutil.chown(path, "nobody", "nogroup")


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
