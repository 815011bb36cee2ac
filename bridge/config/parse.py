"""How the text of a variable becomes a value; each raises ValueError saying what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, urlsplit

REGIONS = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
_SPELLINGS = {
    "us": ("us", "usa", "united states", "america", "north america"),
    "eu": ("eu", "europe", "european union", "ie", "ireland"),
    "au": ("au", "aus", "australia"),
}
_MIN_VERSION = (2, 13)
_MIN_TOKEN = 32


def number(low: float, high: float, unit: str = "") -> Callable[[str], int]:
    """Give a parser of whole numbers between two bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
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
    match = re.fullmatch(r"([0-9]{1,3})\.([0-9]{1,3})", text)
    if not match or (int(match[1]), int(match[2])) < _MIN_VERSION:
        raise ValueError("must be an Intercom API version, 2.13 or later, such as 2.16")
    return text


def access_token(text: str) -> str:
    """Read a token that can be sent in a header; none where the text is empty."""
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("holds characters that no token has: copy it again")
    return text


def folders(text: str) -> tuple[str, ...]:
    """Read names of folders, separated by colons."""
    found = tuple(name for name in map(str.strip, text.split(":")) if name)
    if not found:
        raise ValueError("must name a folder")
    return found


def region(text: str) -> str:
    """Read a region in any usual spelling."""
    wanted = " ".join(re.split(r"[\s_-]+", text.lower()))
    for name, spellings in _SPELLINGS.items():
        if wanted in spellings:
            return name
    raise ValueError("must be us, eu or au")


def is_loopback(host: str | None) -> bool:
    """Say whether a host name is this machine's own."""
    return host in {"localhost", "::1"} or bool(re.fullmatch(r"127(\.\d+){3}", host or ""))


def base_url(text: str) -> str:
    """Read the address of Intercom's API: https, or http where nothing leaves this machine."""
    if not text:
        return ""
    parts = _address(text)
    if not parts or (parts.scheme == "http" and not is_loopback(parts.hostname)):
        raise ValueError("must be an https address, or http on this machine")
    return text.rstrip("/")


def public_url(text: str) -> str:
    """Read the address under which senders reach the bridge."""
    if text and not _address(text):
        raise ValueError("must be the address senders use, such as https://bridge.example.com")
    return text.rstrip("/")


def _address(text: str) -> SplitResult | None:
    """Give the parts of a web address; None where it is none, or holds more than host and path."""
    try:
        parts = urlsplit(text)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts if named and plain and parts.scheme in {"https", "http"} else None


def database_url(text: str) -> str:
    """Read the address of the database; SQLite or PostgreSQL."""
    scheme = text.split(":", 1)[0]
    if scheme not in {"sqlite", "postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("must begin with sqlite:, postgres: or postgresql:")
    return text


def tokens(text: str) -> Mapping[str, str]:
    """Read `name:token` pairs; a bare token is called `admin`. No message holds any of the text."""
    found: dict[str, str] = {}
    for place, word in enumerate(text.split(), 1):
        name, colon, token = word.partition(":")
        name, token = (name, token) if colon else ("admin", word)
        if not name or len(token) < _MIN_TOKEN:
            raise ValueError(f"must hold tokens of {_MIN_TOKEN} characters or more: no. {place}")
        if name in found:
            raise ValueError(f"must give each token a name of its own: no. {place}")
        found[name] = token
    return found


def log_level(text: str) -> str:
    """Read the least important level that is logged."""
    if text.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("must be debug, info, warning or error")
    return text.upper()
