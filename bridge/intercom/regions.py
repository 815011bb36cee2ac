"""Where Intercom's API answers: one host per region in which a workspace's data is kept.

Hosts as in the `servers` list of Intercom's OpenAPI description.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

HOSTS = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}

SPELLINGS = {
    "us": ("us", "usa", "united states", "america", "north america"),
    "eu": ("eu", "europe", "european union", "ie", "ireland"),
    "au": ("au", "aus", "australia"),
}

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def resolve_base_url(region: str | None, base_url: str | None) -> str:
    """Give the URL that calls go to, without a slash at its end; `base_url` wins over `region`.

    Raises ValueError with a message for the operator where the region is unknown or the URL is
    neither https nor http on this machine.
    """
    if base_url and base_url.strip():
        return _checked(base_url.strip())
    return HOSTS[_region(region or "us")]


def is_loopback(base_url: str) -> bool:
    """Say whether the URL leads to this machine, as the sandbox's does."""
    return (urlsplit(base_url).hostname or "") in LOOPBACK


def _region(spelling: str) -> str:
    wanted = " ".join(spelling.replace("-", " ").replace("_", " ").lower().split())
    for region, spellings in SPELLINGS.items():
        if wanted in spellings:
            return region
    raise ValueError(f"The region {spelling!r} is not known: use us, eu or au.")


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"The base URL cannot be read: {error}.") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise ValueError("The base URL must look like https://api.intercom.io.")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("The base URL must use https: plain http is for this machine only.")
    _refuse_extras(parts)
    return url.rstrip("/")


def _refuse_extras(parts: SplitResult) -> None:
    if parts.username or parts.password:
        raise ValueError("The base URL must not hold a user name or password.")
    if parts.query or parts.fragment:
        raise ValueError("The base URL must end after the host or path, without ? or #.")
