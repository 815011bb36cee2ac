"""How the text of a variable becomes a value; each raises ValueError saying what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

REGIONS = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
_REGION_SPELLINGS = {
    **{name: name for name in REGIONS},
    "usa": "us",
    "united states": "us",
    "europe": "eu",
    "ireland": "eu",
    "australia": "au",
    "aus": "au",
}
_MIN_VERSION = (2, 13)
_MIN_TOKEN = 32


def number(low: float, high: float, unit: str = "") -> Callable[[str], int]:
    """Give a parser of whole numbers between two bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low:g} to {high:g}{unit}")
        return int(text)

    return parse


def seconds(text: str) -> float:
    """Read a number of seconds, an hour at most."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 3600:
        raise ValueError("must be a number of seconds from 0 to 3600")
    return value


def switch(text: str) -> bool:
    """Read 1 or 0 (true, yes, false, no as well)."""
    if text.lower() not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise ValueError("must be 1 or 0")
    return text.lower() in {"1", "true", "yes"}


def version(text: str) -> str:
    """Read an Intercom API version; 2.13 is the first with a direct read by external_id."""
    match = re.fullmatch(r"(\d+)\.(\d+)", text)
    if not match or (int(match[1]), int(match[2])) < _MIN_VERSION:
        raise ValueError("must be an Intercom API version, 2.13 or later, such as 2.16")
    return text


def region(text: str) -> str:
    """Read a region in any usual spelling."""
    name = _REGION_SPELLINGS.get(text.strip().lower())
    if name is None:
        raise ValueError("must be us, eu or au")
    return name


def is_loopback(host: str | None) -> bool:
    """Say whether a host name is this machine's own."""
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(\.\d+){3}", host or ""))


def base_url(text: str) -> str:
    """Read the address of Intercom's API: https, or http where nothing leaves this machine."""
    parts = urlsplit(text)
    if text and not (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    ):
        raise ValueError("must be an https address, or http on this machine")
    return text.rstrip("/")


def public_url(text: str) -> str:
    """Read the address under which senders reach the bridge."""
    if text and urlsplit(text).scheme not in {"https", "http"}:
        raise ValueError("must be the address senders use, such as https://bridge.example.com")
    return text.rstrip("/")


def database_url(text: str) -> str:
    """Read the address of the database; SQLite or PostgreSQL."""
    scheme = text.split(":", 1)[0]
    if scheme not in {"sqlite", "postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with sqlite:, postgres: or postgresql:")
    return text


def tokens(text: str) -> Mapping[str, str]:
    """Read `name:token` pairs; a bare token is called `admin`."""
    tokens: dict[str, str] = {}
    for word in text.split():
        name, colon, token = word.partition(":")
        name, token = (name, token) if colon else ("admin", word)
        if len(token) < _MIN_TOKEN:
            raise ValueError(f"token {name!r} must be {_MIN_TOKEN} characters or more")
        tokens[name] = token
    return tokens


def log_level(text: str) -> str:
    """Read the least important level that is logged."""
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be debug, info, warning or error")
    return text.upper()
