"""Which host calls go to."""

import pytest

from bridge.intercom.regions import is_loopback, resolve_base_url


@pytest.mark.parametrize(
    ("region", "host"),
    [
        (None, "https://api.intercom.io"),
        ("", "https://api.intercom.io"),
        ("US", "https://api.intercom.io"),
        ("united states", "https://api.intercom.io"),
        ("eu", "https://api.eu.intercom.io"),
        ("Europe", "https://api.eu.intercom.io"),
        ("AU", "https://api.au.intercom.io"),
        ("australia", "https://api.au.intercom.io"),
    ],
)
def test_a_region_is_known_by_its_usual_names(region, host):
    """Nobody has to look up how the region is spelt."""
    assert resolve_base_url(region, None) == host


@pytest.mark.parametrize(
    "url", ["https://proxy.example.com/intercom", "http://127.0.0.1:8400", "http://[::1]:8400"]
)
def test_a_base_url_wins_over_the_region(url):
    """A proxy or the sandbox can stand in Intercom's place; a slash at the end does no harm."""
    assert resolve_base_url("eu", url + "/") == url


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("mars", None),
        ("us", "http://api.intercom.io"),
        ("us", "ftp://api.intercom.io"),
        ("us", "api.intercom.io"),
        ("us", "https://"),
        ("us", "https://user:secret@api.intercom.io"),
        ("us", "https://api.intercom.io?x=1"),
        ("us", "https://api.intercom.io:port"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(region, url):
    """The token is never sent in clear, nor to a place that was mistyped."""
    with pytest.raises(ValueError, match=r"\.$") as caught:
        resolve_base_url(region, url)
    assert "secret" not in str(caught.value)


def test_the_sandbox_is_on_loopback():
    """This machine is told from the world by the host alone."""
    assert is_loopback("http://127.0.0.1:8400")
    assert not is_loopback("https://127.0.0.1.example.com")
