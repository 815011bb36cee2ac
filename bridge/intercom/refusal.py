"""What an answer of Intercom means for us: one error class per thing one can do about it.

Status codes, error codes and texts as in Intercom's OpenAPI description 2.16 and its reference
pages; the two 409 texts, which no description has, as seen in recordings of the live API.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn
from urllib.parse import unquote

from bridge.clock import SECOND, Clock, system_clock
from bridge.errors import (
    IntercomBusy,
    IntercomConflict,
    IntercomError,
    IntercomMerged,
    IntercomNotFound,
    IntercomRefused,
    IntercomUnauthorized,
)
from bridge.intercom.transport import NOT_SENT, TOO_LARGE
from bridge.model import Answer, Call, Json

CONTACT_ID = re.compile(r"\bid=([A-Za-z0-9-]+)")
ARCHIVED = re.compile(r"archived", re.IGNORECASE)
CANONICAL = re.compile(r"<[^<>]*?/contacts/([^/?#<>]+)[^<>]*>\s*;[^,]*\brel=\"?canonical\b")
PLAIN_ID = re.compile(r"[A-Za-z0-9-]+")
EMAIL = re.compile(r"[^\s@/?&=<>\"'(),;:]+(@|%40)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
READING_POSTS = frozenset({"/contacts/search", "/companies/list"})
RETRYABLE_CODES = frozenset({"unique_company_constraint"})
"""Two upserts of the same new company at once: one gets this, and succeeds when repeated."""


def mask(text: str) -> str:
    """Give the text with the person's part of every e-mail address hidden."""
    return EMAIL.sub(r"***\1\2", text)


def is_write(call: Call) -> bool:
    """Say whether the call changes anything at Intercom."""
    return call.method != "GET" and call.path not in READING_POSTS


def complaint(body: Json) -> tuple[str, str] | None:
    """Give code and message of the first error in an error.list; None where it is none."""
    if not isinstance(body, dict) or body.get("type") != "error.list":
        return None
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("code") or ""), str(first.get("message") or "")


def raise_for(answer: Answer, clock: Clock = system_clock) -> None:
    """Return where the answer is what was asked for, else raise the IntercomError it means."""
    error = complaint(answer.body)
    if 200 <= answer.status < 300 and error is None and not answer.error:
        return
    code, text = error or ("", "")
    if _passes(answer, code):
        raise _busy(answer, code, text, clock)
    _refuse(answer, code, text)


def _passes(answer: Answer, code: str) -> bool:
    """Say whether the same call may well succeed later."""
    if answer.error == TOO_LARGE:
        return False
    if answer.error or code in RETRYABLE_CODES:
        return True
    return answer.status in {0, 408, 429} or answer.status >= 500


def _refuse(answer: Answer, code: str, text: str) -> NoReturn:
    told = _sentence(answer, code, text)
    request_id = answer.request_id
    match answer.status:
        case 401:
            raise IntercomUnauthorized(told, status=401, code=code, request_id=request_id)
        case 403 if answer.call.path == "/me":
            raise IntercomUnauthorized(told, status=403, code=code, request_id=request_id)
        case 404:
            raise IntercomNotFound(told, status=404, code=code, request_id=request_id)
        case 409:
            raise _conflict(told, text, request_id)
        case 410:
            raise IntercomMerged(told, into=_canonical(answer), request_id=request_id)
    raise IntercomRefused(told, status=answer.status, code=code, request_id=request_id)


def _conflict(told: str, text: str, request_id: str | None) -> IntercomError:
    found = CONTACT_ID.search(text)
    return IntercomConflict(
        told,
        contact_id=found[1] if found else None,
        archived=bool(ARCHIVED.search(text)),
        request_id=request_id,
    )


def _canonical(answer: Answer) -> str | None:
    """Take the id out of the Link header: the URL itself is never followed."""
    found = CANONICAL.search(answer.headers.get("link", ""))
    target = unquote(found[1]) if found else ""
    return target if PLAIN_ID.fullmatch(target) else None


def _busy(answer: Answer, code: str, text: str, clock: Clock) -> IntercomBusy:
    resource_only = code == "too_many_requests"
    unsent = answer.status == 429 or code in RETRYABLE_CODES or answer.error.startswith(NOT_SENT)
    return IntercomBusy(
        _sentence(answer, code, text),
        status=answer.status,
        code=code,
        request_id=answer.request_id,
        retry_after=retry_after(answer, clock),
        resource_only=resource_only,
        lost=is_write(answer.call) and not unsent,
    )


def _sentence(answer: Answer, code: str, text: str) -> str:
    """Say what was asked, what Intercom said, and by which id its support finds the request."""
    if answer.error:
        return f"{answer.call.name}: {mask(answer.error)}."
    said = ": ".join(part for part in (code, mask(text)) if part)
    traced = f" (request {answer.request_id})" if answer.request_id else ""
    return f"{answer.call.name}: Intercom answered {answer.status} {said}".rstrip() + traced


def retry_after(answer: Answer, clock: Clock = system_clock) -> float | None:
    """Give the seconds to wait that the answer tells; None where it tells nothing.

    `Retry-After` (seconds or a date) wins. Else, where the app's limit is used up,
    `X-RateLimit-Reset` (Unix seconds). Both dates are compared with the answer's own `Date`, so
    that a wrong clock here does no harm.
    """
    told = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,6})?", told):
        return float(told)
    now = _date(answer.headers.get("date", "")) or clock() / SECOND
    until = _date(told) or _reset(answer)
    return None if until is None else max(0.0, until - now)


def seconds_to_reset(answer: Answer, clock: Clock = system_clock) -> float | None:
    """Give the seconds until Intercom's window ends, None where the answer does not tell."""
    until = _window_end(answer)
    now = _date(answer.headers.get("date", "")) or clock() / SECOND
    return None if until is None else max(0.0, until - now)


def _reset(answer: Answer) -> float | None:
    if answer.status != 429 or answer.headers.get("x-ratelimit-remaining", "0").strip() != "0":
        return None
    return _window_end(answer)


def _window_end(answer: Answer) -> float | None:
    told = answer.headers.get("x-ratelimit-reset", "").strip()
    return float(told) if re.fullmatch(r"\d{1,12}", told) else None


def _date(text: str) -> float | None:
    try:
        moment: datetime = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment.timestamp()
