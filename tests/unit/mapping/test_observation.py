"""The `intercom` block: for the source of that name alone, and nothing else there."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent, indent

import pytest

TOP = "source: intercom\nverify: {scheme: token, secret: INTERCOM_CLIENT_SECRET}\nroutes:\n"

Problems = Callable[..., list[str]]


def told(text: str) -> str:
    """Give a file of one route whose block begins in line 5 and goes on in line 7."""
    head = "  - on: a\n    intercom:\n      workspace: =body.app_id\n"
    return TOP + head + indent(dedent(text), "      ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["6:7: `intercom` needs `contact` or `company`"]),
        ("now: archived\ncompany: =body\n", ["7:7: `now: archived` needs `contact`"]),
        ("now: tagged\ncontact: =body\n", ["7:7: `now: tagged` needs `tag`"]),
        ("now: attached\ncontact: =body\n", ["7:7: `now: attached` needs `company`"]),
        ("now: merged\ncontact: =body\n", ["7:7: `now: merged` needs `merged_from`"]),
        ("contact: someone\n", ["7:16: `contact` takes an expression behind ="]),
    ],
)
def test_what_became_of_it_needs_who(text: str, expected: list[str], problems: Problems) -> None:
    """A route that cannot be taken in is refused when it is loaded."""
    assert problems(told(text)) == expected


@pytest.mark.parametrize("block", ["user", "lead", "contact", "company", "track"])
def test_what_intercom_tells_is_never_written_back(block: str, problems: Problems) -> None:
    """Its own mapping only learns."""
    text = f"{TOP}  - on: a\n    {block}:\n      match: {{email: =body.email}}\n"
    assert any(f"learnt, not written back: `{block}`" in one for one in problems(text))


def test_no_other_source_speaks_for_intercom(problems: Problems) -> None:
    """A signup form must not move links or invent edits."""
    text = told("contact: =body\n").replace("source: intercom", "source: shop")
    found = problems(text.replace("INTERCOM_CLIENT_SECRET", "SHOP_SECRET"))
    assert found == ["5:5: `intercom` belongs to the mapping of Intercom's own notifications alone"]


@pytest.mark.parametrize(
    ("source", "secret"),
    [("shop", "INTERCOM_CLIENT_SECRET"), ("intercom", "INTERCOM_ACCESS_TOKEN")],
)
def test_one_secret_alone_has_a_name_of_intercoms(
    source: str, secret: str, problems: Problems
) -> None:
    """The client secret is what Intercom calls it; the rest are settings of the bridge's own."""
    text = told("contact: =body\n").replace("source: intercom", f"source: {source}")
    found = problems(text.replace("INTERCOM_CLIENT_SECRET", secret))
    assert f"`{secret}` is a setting of the bridge's own: name another" in "\n".join(found)
