"""A real form on a real page of another site, sent by a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug import Request, Response
from werkzeug.serving import make_server

from bridge import config
from bridge.app.web import build_web
from bridge.store import events, migrate
from bridge.store.database import Database, connect

PAGE = """\
<!doctype html><title>Contact</title>
<form action="{bridge}/hooks/form" method="post" enctype="{kind}">
  <input name="email" value="ada@example.com"><input name="name" value="<b>Ada</b>">
  <input name="password" value="canary"><input name="url" hidden>
  <button>Send</button>
</form>
<p id="told"></p>
<script>
async function send(body, type) {{
  const headers = type ? {{"Content-Type": type}} : {{}};
  const answer = await fetch("{bridge}/hooks/form", {{method: "POST", headers, body}});
  document.getElementById("told").textContent = JSON.stringify(await answer.json());
}}
</script>
"""
MAPPING = """\
source: form
verify:
  scheme: open
receive:
  form:
    origins: ["{site}"]
    fields: [email, name]
    honeypot: url
routes:
  - lead:
      match:
        email: =body.email
"""


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application on loopback and give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Site:
    """Somebody's site: one page with a form that sends to the bridge."""

    bridge = kind = ""

    def __call__(self, environ: Any, start: Any) -> Any:
        body = PAGE.format(bridge=self.bridge, kind=self.kind)
        missing = Request(environ).path != "/"
        answer = Response("", 204) if missing else Response(body, mimetype="text/html")
        return answer(environ, start)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Site, str, Database]]:
    """Give a site, its address, and the store of the bridge that takes its form."""
    mine = Site()
    with served(mine) as address:
        (tmp_path / "form.yaml").write_text(MAPPING.format(site=address))
        url = f"sqlite:///{tmp_path / 'bridge.db'}"
        db = connect(url)
        migrate.upgrade(db)
        told = config.read({"DATABASE_URL": url, "BRIDGE_MAPPINGS": str(tmp_path)})
        with served(build_web(told, db)) as mine.bridge:
            yield mine, address, db
        db.dispose()


def kept(db: Database) -> list[Any]:
    listed = [events.get(db, one.id) for one in events.listing(db)]
    return [json.loads(one.receipt.body) for one in listed if one is not None]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_person_sends_a_form_and_is_thanked(
    page: Page, site: tuple[Site, str, Database], kind: str
) -> None:
    """With scripts and without; what is not listed is not kept, markup stays text."""
    mine, address, db = site
    mine.kind = kind
    page.goto(address)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert kept(db) == [{"email": "ada@example.com", "name": "<b>Ada</b>"}]


def test_a_script_sends_a_form_and_reads_the_answer(
    page: Page, site: tuple[Site, str, Database], request: pytest.FixtureRequest
) -> None:
    """As form data at once; as JSON after the browser has asked whether it may."""
    if "without scripts" in request.node.name:
        pytest.skip("a page without scripts sends by none")
    _, address, db = site
    page.goto(address)
    page.evaluate("send(new FormData(document.forms[0]))")
    expect(page.locator("#told")).to_have_text('{"received":true}')
    page.evaluate("send(JSON.stringify({email: 'bob@example.com'}), 'application/json')")
    assert sorted(one["email"] for one in kept(db)) == ["ada@example.com", "bob@example.com"]
