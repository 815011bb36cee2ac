"""Fitting values to the type an attribute has at Intercom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.intercom.attributes import Attribute
from bridge.intercom.fit import Fitted, fit


def of(data_type, **more):
    return Attribute("contact", "x", data_type, **more)


@pytest.mark.parametrize(
    ("data_type", "value", "fitted"),
    [
        ("string", "a", "a"),
        ("string", 12, "12"),
        ("string", 1.5, "1.5"),
        ("string", True, "true"),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("integer", "12.6", 13),
        ("integer", 9_007_199_254_740_993, 9_007_199_254_740_993),
        ("float", "12.5", 12.5),
        ("float", 3, 3.0),
        ("boolean", True, True),
        ("boolean", "Yes", True),
        ("boolean", "false", False),
        ("boolean", 0, False),
        ("date", 1_700_000_000, 1_700_000_000),
        ("date", "1700000000", 1_700_000_000),
        ("date", 1_700_000_000_123, 1_700_000_000),
        ("date", "2026-01-01", 1_767_225_600),
        ("date", "2026-01-01T01:00:00+01:00", 1_767_225_600),
        ("date", "2026-01-01T00:00:00.9Z", 1_767_225_600),
        ("string", None, None),
        ("date", None, None),
    ],
)
def test_a_value_takes_the_type_of_its_attribute(data_type, value, fitted):
    """What says the same in another type is sent in the right one."""
    result = fit(value, of(data_type)).value
    assert result == fitted
    assert type(result) is type(fitted)


@pytest.mark.parametrize(
    ("data_type", "value", "reason"),
    [
        ("integer", "abc", "'abc' is no number"),
        ("integer", True, "true or false is no number"),
        ("integer", "nan", "is no number"),
        ("integer", 10**400, "too large"),
        ("integer", "1e999999999", "too large"),
        ("float", "inf", "is no number"),
        ("float", "1e309", "too large"),
        ("float", [1], "a list is no number"),
        ("boolean", "maybe", "neither true nor false"),
        ("boolean", {"a": 1}, "an object is neither"),
        ("date", "tomorrow", "'tomorrow' is no date"),
        ("string", {"a": 1}, "an object is no text"),
    ],
)
def test_what_cannot_be_fitted_says_why(data_type, value, reason):
    """The operator reads a reason, not a stack trace."""
    with pytest.raises(ValueError, match=reason):
        fit(value, of(data_type))


def test_options_are_met_without_regard_to_case():
    """A list attribute gets its option as Intercom spells it, or nothing."""
    plan = of("string", options=("Free", "Paid"))
    assert fit("paid", plan) == Fitted("Paid")
    with pytest.raises(ValueError, match="none of the options: Free, Paid"):
        fit("gold", plan)


@pytest.mark.parametrize(
    ("data_type", "value", "kept", "remark"),
    [
        ("integer", 12.5, 13, "12.5 was rounded to 13"),
        ("integer", 12.0, 12, ""),
        ("integer", "12.6", 13, "12.6 was rounded to 13"),
        ("integer", -1.5, -2, "-1.5 was rounded to -2"),
        ("string", "é" * 255, "é" * 255, ""),
        ("string", "é" * 256, "é" * 255, "cut to the 255 characters"),
        ("date", 1_700_000_000_999, 1_700_000_000, ""),
    ],
)
def test_what_a_value_loses_is_said(data_type, value, kept, remark):
    """A rounded number and a cut text are written, and remarked on."""
    fitted = fit(value, of(data_type))
    assert fitted.value == kept
    assert fitted.remark.startswith(remark)
    assert bool(fitted.remark) is bool(remark)


@pytest.mark.parametrize("closed", [{"archived": True}, {"api_writable": False}])
def test_an_attribute_that_cannot_be_written_is_not_written(closed):
    """Archived and read-only attributes would refuse the whole contact."""
    with pytest.raises(ValueError, match="Intercom"):
        fit("a", of("string", **closed))


@given(
    st.sampled_from(["string", "integer", "float", "boolean", "date"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=4,
    ),
)
def test_any_value_is_fitted_or_refused(data_type, value):
    """No JSON value makes fitting fail in any other way than ValueError."""
    try:
        fitted = fit(value, of(data_type)).value
    except ValueError:
        return
    kinds = {"string": str, "integer": int, "float": float, "boolean": bool, "date": int}
    assert fitted is None or type(fitted) is kinds[data_type]
