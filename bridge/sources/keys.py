"""Secrets: from the text of an environment variable to the keys that sign.

Several secrets stand in one variable, separated by spaces, while a sender is rotating them.
A secret that cannot be a key is the operator's mistake, not the sender's: SecretMissing (503).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence

from bridge.errors import SecretMissing
from bridge.sources.schemes import Scheme


def secrets_of(scheme: Scheme, text: str | None, variable: str = "the secret") -> tuple[str, ...]:
    """Give the secrets in the text of the environment variable of that name.

    Each is known to make a key. Raises SecretMissing where there is none or one cannot be used;
    its message names the variable and never holds any of the text. An open source has no secret.
    """
    if scheme.kind == "open":
        return ()
    secrets = tuple((text or "").split())
    if not secrets:
        raise SecretMissing(f"{variable} is not set: the source answers 503 until it is")
    for number, secret in enumerate(secrets, 1):
        try:
            usable = bool(key_of(scheme, secret))
        except ValueError as error:
            raise SecretMissing(f"{variable}: secret {number} {error}") from None
        if not usable:
            raise SecretMissing(f"{variable}: secret {number} is empty")
    return secrets


def key_of(scheme: Scheme, secret: str) -> bytes:
    """Give the bytes that sign, or are compared; ValueError says what is wrong with the secret."""
    text = secret.removeprefix(scheme.key_prefix)
    try:
        return _DECODERS[scheme.key_decode](text)
    except ValueError:
        hint = f" (with or without {scheme.key_prefix})" if scheme.key_prefix else ""
        raise ValueError(f"is not {scheme.key_decode}{hint}: copy it again") from None


def keys_of(scheme: Scheme, secrets: Sequence[str]) -> list[bytes]:
    """Give the keys of all secrets but empty ones: those would let everybody in.

    Raises SecretMissing where one cannot be used.
    """
    try:
        return [key for secret in secrets if secret and (key := key_of(scheme, secret))]
    except ValueError as error:
        raise SecretMissing(f"a secret of scheme {scheme.name} {error}") from None


def _login(text: str) -> bytes:
    user, colon, password = text.partition(":")
    if not colon:
        raise ValueError("no colon")
    return text.encode() if user or password else b""


def _base64(text: str) -> bytes:
    # Vendors leave the padding out; anything else that is not base64 is a mistake in copying.
    digits = text.rstrip("=")
    return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)


_DECODERS: Mapping[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "base64": _base64,
    "hex": bytes.fromhex,
    "user:password": _login,
}
