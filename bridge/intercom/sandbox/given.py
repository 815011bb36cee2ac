"""What every workspace has from the start: standard attributes, types of subscriptions."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.intercom.sandbox.model import DataAttribute, SubscriptionType

CONTACT_WRITABLE = {
    "string": "role name email phone external_id avatar",
    "integer": "owner_id",
    "date": "signed_up_at last_seen_at",
    "boolean": "unsubscribed_from_emails",
}
CONTACT_READ_ONLY = {
    "string": (
        "id workspace_id location.country location.region location.city browser_language "
        "language_override browser browser_version os android_app_name android_sdk_version "
        "ios_app_name ios_sdk_version"
    ),
    "date": (
        "created_at updated_at last_contacted_at last_replied_at last_email_opened_at "
        "last_email_clicked_at"
    ),
    "boolean": "marked_email_as_spam has_hard_bounced",
}
"""Both as recorded from the live API."""
COMPANY_WRITABLE = {
    "string": "company_id name plan website industry",
    "integer": "size",
    "float": "monthly_spend",
    "date": "remote_created_at",
}
COMPANY_READ_ONLY = {
    "integer": "session_count user_count",
    "date": "created_at updated_at last_request_at",
}
"""Both after the description of companies: no recording shows their attributes."""
_ALL = (
    ("contact", True, CONTACT_WRITABLE),
    ("contact", False, CONTACT_READ_ONLY),
    ("company", True, COMPANY_WRITABLE),
    ("company", False, COMPANY_READ_ONLY),
)


def standard_attributes() -> Iterator[DataAttribute]:
    """Give the standard fields; only custom ones have an id to change them by."""
    number = 0
    for model, writable, rows in _ALL:
        for data_type, names in rows.items():
            for name in names.split():
                number -= 1
                yield DataAttribute(
                    number, model, name, data_type, custom=False, api_writable=writable
                )


SUBSCRIPTION_TYPES = (
    SubscriptionType("1", "Newsletter", "opt_in"),
    SubscriptionType("2", "Product news", "opt_out"),
)
"""One of each kind; no call of the API makes them."""
