"""The pages a person looks at, in a real browser: with scripts, and as well without."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
import requests
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from bridge import config
from bridge.app.web import build_web
from bridge.intercom.sandbox.serve import SandboxServer

ROOT = Path(__file__).parents[2]
ADA = {
    "role": "user",
    "email": "ada@example.com",
    "name": "<b>Ada</b>",
    "custom_attributes": {"trial_ends": 1756715400},
}
DATE = {"name": "trial_ends", "model": "contact", "data_type": "date"}


def test_the_sandbox_shows_people_companies_and_calls_as_they_change(
    page: Page, request: pytest.FixtureRequest
) -> None:
    """With scripts at once, without after a reload; what was sent is shown as it is."""
    scripts = "with scripts" in request.node.name and "without" not in request.node.name
    with SandboxServer() as sandbox:
        page.goto(sandbox.url)
        expect(page.get_by_text("Nobody yet")).to_be_visible()
        bearer = {"Authorization": "Bearer any"}
        requests.post(f"{sandbox.url}/data_attributes", json=DATE, headers=bearer, timeout=5)
        made = requests.post(f"{sandbox.url}/contacts", json=ADA, headers=bearer, timeout=5)
        firm = {"company_id": "acme", "name": "Acme"}
        requests.post(f"{sandbox.url}/companies", json=firm, headers=bearer, timeout=5)
        assert made.status_code == 200
        if not scripts:
            page.reload()
        expect(page.get_by_role("heading", name="<b>Ada</b>")).to_be_visible()
        expect(page.get_by_text("ada@example.com", exact=True)).to_be_visible()
        expect(page.get_by_text("2025-09-01 08:30:00")).to_be_visible()
        expect(page.get_by_role("heading", name="Acme")).to_be_visible()
        expect(page.get_by_text("/contacts", exact=True)).to_be_visible()


def test_the_start_page_tells_the_address_of_each_source_and_what_it_lacks(
    page: Page, tmp_path: Path
) -> None:
    """One pastes the address at the sender; a missing secret is said without details."""
    app = build_web(
        config.read(
            {
                "DATABASE_URL": f"sqlite:///{tmp_path / 'bridge.db'}",
                "BRIDGE_MAPPINGS": str(ROOT / "mappings"),
                "STRIPE_WEBHOOK_SECRET": "whsec_browser",
            }
        )
    )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        page.goto(f"http://127.0.0.1:{server.port}/")
        expect(page.get_by_text("/hooks/stripe")).to_be_visible()
        row = page.get_by_role("row").filter(has_text="/hooks/stripe")
        expect(row.get_by_role("cell", name="ready")).to_be_visible()
        expect(page.get_by_text("SIGNUP_WEBHOOK_SECRET")).to_be_visible()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
