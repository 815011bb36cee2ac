"""Mappings for tests of the receiver and the commands: small, and nobody's shipped ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

SHOP = """\
source: shop
title: A shop
verify:
  scheme: hmac
  secret: SHOP_SECRET
  header: X-Shop-Signature
  ts_header: X-Shop-Time
  template: "{ts}.{body}"
event:
  id: =body.id
  type: =body.type
  time: =body.at
  subject: =body.customer
  test: =body.test
routes:
  - on: customer.*
    user:
      match:
        external_id: =body.customer
        email: =lower(body.email)
      set:
        name: =body.name
        phone: =body.phone
"""

PIPE = """\
source: pipe
title: A pipe whose secret is in the address
verify:
  scheme: token
  secret: PIPE_SECRET
  place: path
event:
  id: =body.id
  type: =headers.x_topic
  subject: =body.id
routes:
  - on: '*'
    lead:
      match:
        email: =body.email
"""


def write_mappings(folder: Path) -> Path:
    """Write both into a new folder, and give it."""
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP)
    (folder / "pipe.yaml").write_text(PIPE)
    return folder


@contextmanager
def logs_as_before() -> Iterator[None]:
    """Give the test runner its logging back, whatever a command did to it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)
    for name in ("gunicorn.error", "gunicorn.access", "werkzeug", "alembic", "urllib3"):
        one = logging.getLogger(name)
        one.filters.clear()
        one.setLevel(logging.NOTSET)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
