"""URLs as platforms give them."""

from __future__ import annotations

import pytest

from bridge.errors import ConfigError
from bridge.store.database import connect, normalise


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgres_names_the_driver(scheme):
    """Heroku says postgres://, others postgresql://."""
    assert normalise(f"{scheme}://u:p@h:5/d?a=b") == "postgresql+psycopg://u:p@h:5/d?a=b"


@pytest.mark.parametrize("url", ["sqlite:///bridge.db", "sqlite:////var/bridge.db", "odd"])
def test_other_urls_stay_as_they_are(url):
    """Nothing is guessed."""
    assert normalise(url) == url


@pytest.mark.parametrize("url", ["odd", "mysql://geheim@host/name", ""])
def test_a_url_that_cannot_be_used_is_a_problem_of_the_configuration(url):
    """It says what is expected, and repeats no password."""
    with pytest.raises(ConfigError, match="DATABASE_URL") as caught:
        connect(url)
    assert "geheim" not in str(caught.value)
