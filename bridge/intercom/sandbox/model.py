"""What the sandbox holds, as immutable values: a change makes a new one in the old one's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.model import Json

Standing = Literal["live", "archived", "deleted", "merged"]
Version = tuple[int, int]
PREVIEW: Version = (99, 0)


class Refusal(Exception):
    """An answer that is no success: HTTP status, Intercom's error code and message."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        super().__init__(message)


def invalid(message: str) -> Refusal:
    """Give the refusal of a parameter."""
    return Refusal(400, "parameter_invalid", message)


@dataclass(frozen=True, slots=True)
class Rules:
    """How the workspace behaves where Intercom's own behaviour varies or is not certain.

    `email_conflict`: whether an e-mail address that another user has refuses a new user that comes
    with an external id. `search_lag`: seconds until a write is found by searches.
    `calls_per_minute`: the app's limit, counted in windows of 10 s. `unarchive_deleted`: how a
    deleted contact is refused to come back (both were seen). `fail_unarchive`: no contact comes
    back. `event_names`: how many names of data events a workspace keeps. `latency`: seconds that
    every call takes at least.

    Sources: two users may share an address (Intercom's help pages 268 and 5053685), while the text
    of the bulk calls of the API's preview refuses it; both refusals of unarchiving are in
    recordings of the live API, of January and of March 2021; 120 names in help page 5245634.
    """

    email_conflict: Literal["when_no_external_id", "always"] = "when_no_external_id"
    search_lag: float = 0.0
    calls_per_minute: int = 10_000
    unarchive_deleted: Literal["refuse", "fault"] = "refuse"
    fail_unarchive: bool = False
    event_names: int = 120
    latency: float = 0.0


@dataclass(frozen=True, slots=True)
class Contact:
    """A lead or user. Times in Unix seconds.

    `tags` go from the tag's id to when it was applied, `subscriptions` from the type's id to its
    consent type: what is there was chosen by the contact.
    """

    id: str
    role: str
    created_at: int
    updated_at: int
    external_id: str | None = None
    email: str | None = None
    phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    owner_id: str | None = None
    unsubscribed_from_emails: bool = False
    signed_up_at: int | None = None
    last_seen_at: int | None = None
    custom_attributes: Mapping[str, Json] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    companies: tuple[str, ...] = ()
    subscriptions: Mapping[str, str] = field(default_factory=dict)
    blocked: bool = False
    standing: Standing = "live"
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """A company; `id` is Intercom's, `company_id` the customer's own."""

    id: str
    company_id: str
    created_at: int
    updated_at: int
    name: str | None = None
    plan: str | None = None
    size: int | None = None
    website: str | None = None
    industry: str | None = None
    monthly_spend: int = 0
    remote_created_at: int | None = None
    last_request_at: int | None = None
    custom_attributes: Mapping[str, Json] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; its name is unique without regard to case."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DataAttribute:
    """A custom or standard field of contacts or companies."""

    id: int
    model: str
    name: str
    data_type: str
    options: tuple[str, ...] = ()
    description: str | None = None
    custom: bool = True
    api_writable: bool = True
    archived: bool = False
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, slots=True)
class DataEvent:
    """What a contact did at `created_at` (Unix seconds)."""

    name: str
    contact_id: str
    created_at: int
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """A note on a contact or a company: `about` is Intercom's id of it."""

    id: int
    about: str
    body: str
    created_at: int


@dataclass(frozen=True, slots=True)
class SubscriptionType:
    """A kind of messages. opt_in: nobody gets them unasked; opt_out: all who did not refuse."""

    id: str
    name: str
    consent_type: Literal["opt_in", "opt_out"]
