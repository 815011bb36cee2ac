"""A scheme is a row of data, and what a mapping sets on it is checked before anything arrives."""

from __future__ import annotations

import pytest

from bridge.model import Json, Verification
from bridge.sources.schemes import PARAMETERS, PRESETS, scheme_for


def chosen(scheme: str, **parameters: Json):
    return scheme_for(Verification(scheme, "SECRET", parameters))


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"open"}))
def test_every_preset_works_without_parameters(name):
    """Naming a vendor is enough."""
    assert chosen(name) == PRESETS[name]


def test_an_open_source_needs_no_secret_and_takes_none():
    """A secret at an open source would make its operator believe in a check that is not made."""
    assert scheme_for(Verification("open")).kind == "open"
    with pytest.raises(ValueError, match="secret: an open source has none"):
        chosen("open")


def test_a_scheme_without_its_secret_is_refused():
    """Nothing but an open source can do without a secret."""
    with pytest.raises(ValueError, match="secret: scheme stripe needs"):
        scheme_for(Verification("stripe"))


def test_an_unknown_scheme_names_its_neighbour():
    """A slip of the pen is met with the right name."""
    with pytest.raises(ValueError, match="did you mean 'stripe'"):
        chosen("strpe")


def test_the_age_of_a_vendor_can_be_changed_but_not_its_signature():
    """What a vendor signs is no matter of taste."""
    assert PARAMETERS["stripe"] == {"tolerance"}
    assert chosen("stripe", tolerance=60).tolerance == 60
    with pytest.raises(ValueError, match="header: not a parameter of scheme stripe"):
        chosen("stripe", header="X-Other")


def test_a_vendor_without_a_timestamp_has_no_tolerance_to_set():
    """A tolerance without a signed time would only look like protection."""
    assert PARAMETERS["github"] == frozenset()


def test_a_free_hmac_with_a_timestamp_signs_time_and_body_by_default():
    """The commonest form needs no template."""
    assert chosen("hmac", ts_header="X-Time").template == "{ts}.{body}"
    assert chosen("hmac").template == "{body}"


def test_one_header_or_several_can_be_named():
    """Where a vendor changes names, both work for a while."""
    assert chosen("hmac", header="X-A").header == ("X-A",)
    assert chosen("hmac", header=["X-A", "X-B"]).header == ("X-A", "X-B")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"alg": "md5"}, "alg: must be one of sha256"),
        ({"alg": ["sha256"]}, "alg: must be one of sha256"),
        ({"encoding": "HEX"}, "encoding: must be one of hex"),
        ({"header": ""}, "header: must be the name of a header"),
        ({"header": []}, "header: must be the name of a header"),
        ({"header": "X-A: b"}, "header: must be the name of a header"),
        ({"header": 7}, "header: must be the name of a header"),
        ({"prefix": None}, "prefix: must be text"),
        ({"sep": ""}, "sep: must not be empty"),
        ({"tolerance": True, "ts_header": "X-T"}, "tolerance: must be a whole number"),
        ({"tolerance": 0, "ts_header": "X-T"}, "tolerance: must be a whole number"),
        ({"tolerance": 1.5, "ts_header": "X-T"}, "tolerance: must be a whole number"),
        ({"tolerance": 60}, "tolerance, ts_unit: they need"),
        ({"template": "{body}{tz}"}, "template: {tz} is unknown"),
        ({"template": "{secret}{body}"}, "template: {secret} is unknown"),
        ({"template": "{body}{}"}, "template: {} is unknown"),
        ({"template": "{ts}", "ts_header": "X-T"}, "template: without {body}"),
        ({"template": "{body}", "ts_header": "X-T"}, "template: a timestamp that is not signed"),
        ({"template": "{ts}{body}"}, "template: {ts} needs"),
        ({"template": "{id}{body}"}, "template: {id} needs"),
        ({"ts_header": "X-T", "ts_item": "t", "sep": ","}, "the timestamp is in one place"),
        ({"pick": "v1"}, "ts_item, pick: they need sep"),
        ({"pick": "# 1", "sep": ","}, "pick: must be the name of an item"),
        ({"place": "header"}, "place: not a parameter of scheme hmac"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(parameters, words):
    """The message begins with the parameter and says what may stand there."""
    with pytest.raises(ValueError) as error:
        chosen("hmac", **parameters)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"place": "cookie"}, "place: must be one of header, bearer, query, path"),
        ({"place": "header"}, "place: a token in a header needs"),
        ({"header": "X-Key"}, "header: it needs place: header"),
        ({"query": "key"}, "query: it needs place: query"),
        ({"alg": "sha256"}, "alg: not a parameter of scheme token"),
    ],
)
def test_a_bad_place_of_a_token_is_refused(parameters, words):
    """A token that would be looked for somewhere else is told at load."""
    with pytest.raises(ValueError) as error:
        chosen("token", **parameters)
    assert words in str(error.value)
