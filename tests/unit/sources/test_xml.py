"""XML is read for what it says; everything by which readers of XML are attacked is refused."""

from __future__ import annotations

import pytest

from bridge.errors import Unreadable
from bridge.sources.body import read_body
from bridge.sources.xml import MAX_DEPTH, MAX_ELEMENTS, read_xml


def test_elements_become_an_object() -> None:
    """Names lose their prefixes, what repeats is a list, attributes have an @, text is text."""
    told = read_xml(
        b"""<?xml version="1.0" encoding="UTF-8"?>
        <s:Envelope xmlns:s="urn:s" xmlns:x="urn:x"><s:Body>
          <n xmlns="urn:n"><Id>1</Id><Id> 2 </Id>
          <o x:type="sf:Lead"><sf:A>\xc3\xa9 &amp; b</sf:A><B/><C x:nil="true"/></o></n>
        </s:Body></s:Envelope>"""
    )
    inner = {"Id": ["1", "2"], "o": {"@type": "sf:Lead", "A": "\u00e9 & b", "B": "", "C": None}}
    assert told == {"Envelope": {"Body": {"n": inner}}}


@pytest.mark.parametrize(
    "kind", ["text/xml; charset=utf-8", "application/xml", "application/soap+xml"]
)
def test_the_content_type_says_that_it_is_xml(kind: str) -> None:
    """As SOAP senders say it."""
    assert read_body(kind, b"<a>1</a>") == {"a": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        b'<!DOCTYPE a SYSTEM "http://evil.example/a.dtd"><a/>',
        b"<!DOCTYPE a><a/>",
        b"<?php x?><a/>",
        b"<a>&e;</a>",
        b"<a><b></a>",
        b"<a/><b/>",
        b"",
        b"a",
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="x-unknown"?><a/>',
        b"<a" + b" b='1'" * 2 + b"/>",
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>",
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
def test_what_is_dangerous_or_broken_is_refused(body: bytes) -> None:
    """Before anything is built of it."""
    with pytest.raises(Unreadable):
        read_xml(body)


def test_as_deep_and_as_many_as_allowed_is_read() -> None:
    """The limits are far above what a sender sends."""
    assert read_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)
    assert len(read_xml(b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>")["a"]["b"]) > 1000
