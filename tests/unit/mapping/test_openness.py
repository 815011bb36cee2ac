"""An open form can never change what is known: whatever goes further is refused at loading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.errors import MappingError
from bridge.mapping.form import Form
from bridge.mapping.load import load_mapping
from bridge.mapping.mapping import Mapping

TOP = """\
source: form
verify:
  scheme: open
receive:
  form:
    origins: [https://www.example.com]
    fields: [email, name]
"""
MATCH = "routes:\n  - lead:\n      match:\n        email: =body.email\n"

Load = Callable[[str], Mapping]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a mapping to a file and load it."""

    def loaded(text: str) -> Mapping:
        path = tmp_path / "form.yaml"
        path.write_text(text)
        return load_mapping(path, schemes={"open": (), "token": ()})

    return loaded


def test_a_form_says_what_is_kept_and_from_where(load: Load) -> None:
    """Whatever is left out has its default; a form is smaller than a webhook."""
    mapping = load(TOP + "    honeypot: url\n" + MATCH)
    assert mapping.reception.form == Form(
        ("https://www.example.com",), ("email", "name"), "url", per_minute=10
    )
    assert mapping.reception.max_body == 65_536


@pytest.mark.parametrize(
    "more",
    [
        "      set_once:\n        name: =body.name\n",
        "      tags:\n        add: [website]\n",
        "      missing: skip\n      archived: skip\n      ambiguous: newest\n",
        "    track:\n      name: Sent a form\n",
        "    track:\n      name: =body.name\n      only: [Signed up]\n",
    ],
)
def test_what_an_open_source_may_do(more: str, load: Load) -> None:
    """Leads, listed tags and data events, empty fields."""
    load(TOP + MATCH + more)


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        (MATCH.replace("lead", "user"), "`user` is not for this source"),
        (MATCH.replace("lead", "contact"), "`contact` is not for this source"),
        (MATCH.replace("email: =", "external_id: ="), "by `email` alone"),
        (MATCH + "        phone: =body.phone\n", "by `email` alone"),
        (MATCH.replace("email: =", "crm: ="), "by `email` alone"),
        (MATCH + "      set:\n        name: =body.name\n", "`set` overwrites"),
        (MATCH + "      tags:\n        add: =body.tag\n", "tags of an open source are listed"),
        (MATCH + "      tags:\n        remove: vip\n", "`remove` is not for this source"),
        (MATCH + "      subscriptions:\n        in: News\n", "`subscriptions` is not"),
        (MATCH + "      note: =body.name\n", "`note` is not for this source"),
        (MATCH + "      each: =body.all\n", "`each` is not for this source"),
        (MATCH + "      delete: archive\n", "`delete` is not for this source"),
        (MATCH + "      missing:\n        wait: 1h\n", "`missing` is not for this source"),
        (MATCH + "      archived: unarchive\n", "`archived` is not for this source"),
        (MATCH + "    company:\n      match:\n        company_id: =body.c\n", "`company` is not"),
        (MATCH + "    track:\n      name: =body.name\n", "is fixed text, or one that `only` lists"),
        ("defaults:\n  archived: unarchive\n" + MATCH, "`archived` is not for this source"),
    ],
)
def test_what_goes_further_is_refused(routes: str, said: str, load: Load) -> None:
    """With what an open source may do instead."""
    with pytest.raises(MappingError) as refused:
        load(TOP + routes)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("top", "said"),
    [
        ("source: form\nverify:\n  scheme: open\n", "needs `receive.form`"),
        (TOP.replace("open\n", "open\n  secret: FORM_SECRET\n"), "an open source has no secret"),
        (TOP.replace("open\n", "token\n  secret: FORM_SECRET\n"), "sign nothing: scheme open"),
        (TOP.replace("https://www.example.com", "https://www.example.com/"), "is no origin"),
        (TOP.replace("https://www.example.com", "'*'"), "is no origin"),
        (TOP.replace("https://www.example.com", "http://www.example.com"), "is no origin"),
        (TOP.replace("[email, name]", "[]"), "`fields` is an empty list"),
        (TOP + "    honeypot: name\n", "`name` is the honeypot"),
        (TOP + "    redirect: /thanks\n", "`redirect` takes a whole address"),
        (TOP + "    per_minute: 0\n", "`per_minute` is from 1 to 1000"),
        (TOP + "  each: =body.all\n", "`each` is not for this source"),
    ],
)
def test_a_form_that_would_let_in_too_much_is_refused(top: str, said: str, load: Load) -> None:
    """No wildcard, no plain http, no secret in a browser."""
    with pytest.raises(MappingError) as refused:
        load(top + MATCH)
    assert said in str(refused.value)


def test_only_plain_values_of_listed_fields_are_kept() -> None:
    """Neither objects nor files, nor what nobody asked for."""
    form = Form((), ("email", "tags", "cv", "gone", "deep"))
    sent = {
        "email": "a@b.c",
        "tags": ["a"],
        "cv": {"filename": "x"},
        "deep": [[1]],
        "password": "p",
    }
    assert form.kept(sent) == {"email": "a@b.c", "tags": ["a"]}
