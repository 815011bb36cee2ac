"""What an answer of Intercom means, class by class."""

import pytest

from bridge.errors import (
    IntercomBusy,
    IntercomConflict,
    IntercomError,
    IntercomMerged,
    IntercomNotFound,
    IntercomRefused,
    IntercomUnauthorized,
)
from bridge.intercom.client import describe
from bridge.intercom.refusal import mask, raise_for, retry_after
from bridge.intercom.transport import NOT_SENT, TOO_LARGE
from bridge.model import Answer, Call

CREATE = Call("create contact", "POST", "/contacts", {"role": "lead"})
READ = Call("get contact", "GET", "/contacts/5f")
SEARCH = Call("search contacts", "POST", "/contacts/search", {})
ME = Call("me", "GET", "/me")


def answer(status, code="", message="", *, call=CREATE, headers=None, error="", body=None):
    if body is None and code:
        error_item = {"code": code, "message": message}
        body = {"type": "error.list", "request_id": "req-1", "errors": [error_item]}
    return Answer(call, status, body, headers or {}, 0.1, error)


def raised(given) -> IntercomError:
    with pytest.raises(IntercomError) as caught:
        raise_for(given, lambda: 1_000_000_000)
    return caught.value


def test_a_good_answer_raises_nothing():
    """A 200 with an object and a 202 without a body are what was asked for."""
    raise_for(answer(200, body={"type": "contact", "id": "5f"}))
    raise_for(answer(202))


@pytest.mark.parametrize(
    ("text", "contact_id", "archived"),
    [
        ("A contact matching those details already exists with id=5da6f18e3d7c", "5da6f18e3d7c", 0),
        ("An archived contact matching those details already exists with id=56-x", "56-x", 1),
        ("Multiple existing users match this email address - use user_id=7", None, 0),
        ("", None, 0),
    ],
)
def test_a_conflict_names_the_contact_it_is_with(text, contact_id, archived):
    """The id and whether it is archived are read from the message, the only place they are."""
    error = raised(answer(409, "conflict", text))
    assert isinstance(error, IntercomConflict)
    assert (error.contact_id, error.archived) == (contact_id, bool(archived))
    assert error.request_id == "req-1"


@pytest.mark.parametrize(
    ("link", "into"),
    [
        ('</contacts/6762f0>; rel="canonical"', "6762f0"),
        ('<https://api.intercom.io/contacts/6762f0?x=1>; rel="canonical"', "6762f0"),
        ('</other>; rel="next", </contacts/77>; rel=canonical', "77"),
        ('</contacts/6762f0>; rel="next"', None),
        ('</contacts/..%2F..%2Fadmins>; rel="canonical"', None),
        ("", None),
    ],
)
def test_a_merged_contact_tells_into_which(link, into):
    """Only a plain id is taken out of the Link header, whatever else stands in it."""
    error = raised(answer(410, "contact_merged", "merged", call=READ, headers={"link": link}))
    assert isinstance(error, IntercomMerged)
    assert error.into == into


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(404, "not_found", "User Not Found", call=READ), IntercomNotFound),
        (answer(401, "unauthorized", "Access Token Invalid"), IntercomUnauthorized),
        (answer(403, "forbidden", "no", call=ME), IntercomUnauthorized),
        (answer(403, "api_plan_restricted", "no"), IntercomRefused),
        (answer(400, "parameter_invalid", "no"), IntercomRefused),
        (answer(422, "data_invalid", "no"), IntercomRefused),
        (answer(200, "server_error", "no"), IntercomRefused),
        (answer(302), IntercomRefused),
        (answer(200, error=TOO_LARGE), IntercomRefused),
        (answer(0, error=TOO_LARGE), IntercomRefused),
        (answer(429, "rate_limit_exceeded", "no"), IntercomBusy),
        (answer(408, "request_timeout", "no"), IntercomBusy),
        (answer(500, "server_error", "no"), IntercomBusy),
        (answer(503), IntercomBusy),
        (answer(0, error="no answer within 20 s"), IntercomBusy),
        (answer(200, error="the answer is not JSON"), IntercomBusy),
        (answer(400, "unique_company_constraint", "Company already exists."), IntercomBusy),
    ],
)
def test_each_answer_has_the_class_of_what_one_can_do(given, expected):
    """Wait, mend, look elsewhere or change the token: the class says which."""
    error = raised(given)
    assert type(error) is expected
    assert error.status == given.status


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        (answer(0, error="no answer within 20 s"), True),
        (answer(0, error="no answer within 20 s", call=READ), False),
        (answer(0, error="no answer within 20 s", call=SEARCH), False),
        (answer(0, error=f"{NOT_SENT}: Connection refused"), False),
        (answer(500, "server_error", "no"), True),
        (answer(429, "rate_limit_exceeded", "no"), False),
        (answer(400, "unique_company_constraint", "no"), False),
    ],
)
def test_only_a_write_that_was_sent_may_have_been_carried_out(given, lost):
    """A lost write must be looked for before it is repeated, anything else need not."""
    error = raised(given)
    assert isinstance(error, IntercomBusy)
    assert error.lost is lost


def test_a_busy_resource_is_told_from_a_used_up_limit():
    """too_many_requests slows one resource, rate_limit_exceeded the app."""
    assert raised(answer(429, "too_many_requests", "slow")).resource_only is True
    assert raised(answer(429, "rate_limit_exceeded", "slow")).resource_only is False


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7.0),
        (503, {"retry-after": "2.5"}, 2.5),
        (429, {"retry-after": "7", "x-ratelimit-reset": "1009"}, 7.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1009"}, 9.0),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "900"}, 0.0),
        (429, {"x-ratelimit-remaining": "5", "x-ratelimit-reset": "1009"}, None),
        (500, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1009"}, None),
        (429, {"x-ratelimit-reset": "soon"}, None),
        (503, {"retry-after": "nonsense"}, None),
        (503, {}, None),
    ],
)
def test_the_wait_is_read_from_the_answer(status, headers, seconds):
    """Retry-After wins; the reset of the limit counts where the limit is used up."""
    given = answer(status, headers=headers)
    assert retry_after(given, lambda: 1_000_000_000) == seconds


def test_a_wrong_clock_here_does_not_stretch_the_wait():
    """The reset is compared with the answer's own date where there is one."""
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "1767225610",
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    assert retry_after(answer(429, headers=headers), lambda: 0) == 10.0


def test_a_message_says_what_was_asked_what_was_said_and_the_request():
    """One line is enough to act on, and to find the request with Intercom's support."""
    told = str(raised(answer(400, "parameter_invalid", "Custom attribute 'x' does not exist")))
    assert "create contact" in told
    assert "400 parameter_invalid" in told
    assert "Custom attribute 'x' does not exist" in told
    assert "req-1" in told


@pytest.mark.parametrize(
    "text",
    [
        "the email ada@example.com is taken",
        "<ada+tag@mail.example.co.uk>",
        "/contacts/find_by_external_id/ada%40example.com",
        "a='ada@example.com',b",
    ],
)
def test_addresses_are_masked(text):
    """The person's part of an address is nowhere in what is kept or raised."""
    assert "ada" not in mask(text)
    assert "***" in mask(text)
    assert "ada" not in str(raised(answer(400, "parameter_invalid", text)))


def test_what_is_kept_of_an_answer_holds_no_body():
    """Name, path, status and time stay; what was sent and answered do not."""
    call = Call("find contact", "GET", "/contacts/find_by_external_id/ada%40example.com")
    body = {"type": "contact", "id": "5f", "email": "ada@example.com"}
    kept = describe(Answer(call, 200, body, {"x-request-id": "r"}, 0.0123))
    assert kept == {
        "name": "find contact",
        "method": "GET",
        "path": "/contacts/find_by_external_id/***%40example.com",
        "status": 200,
        "request_id": "r",
        "ms": 12,
    }


def test_what_is_kept_of_a_failure_says_why():
    """Intercom's own words stand beside the status."""
    assert describe(answer(404, "not_found", "User Not Found"))["error"] == (
        "not_found: User Not Found"
    )
    assert describe(answer(0, error="no answer within 20 s"))["error"] == "no answer within 20 s"
