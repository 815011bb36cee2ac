"""The sandbox tells what changes in it as Intercom does: topic, item, signature, once more."""

from __future__ import annotations

import hmac
import json
import queue
from collections.abc import Iterator
from typing import Any

import pytest

from bridge.intercom.sandbox import Notifier, Sandbox, Subscription, companies, contacts, tags
from bridge.intercom.sandbox.seeds import plant_contact
from bridge.model import Json

V = (2, 16)
SECRET = "canary-client-secret"


class Listener:
    """Takes notifications as they are sent; refuses as many as it is told to."""

    def __init__(self) -> None:
        self.state = Sandbox()
        self.refuses = 0
        self.heard: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()
        subscription = Subscription("http://127.0.0.1:9/hooks/intercom", SECRET)
        self.notifier = Notifier(self.state, subscription, again=0.01, post=self._post)

    def _post(self, body: bytes, headers: dict[str, str]) -> bool:
        self.heard.put((body, headers))
        self.refuses -= 1
        return self.refuses < 0

    def next(self) -> dict[str, Any]:
        body, _ = self.heard.get(timeout=5)
        return dict(json.loads(body))

    def news(self, count: int) -> list[str]:
        """Give the topics of the next notifications; fail where there are more."""
        topics = [self.next()["topic"] for _ in range(count)]
        assert self.heard.empty()
        return topics

    def user(self) -> str:
        made = contacts.create(self.state, {"external_id": "u1", "email": "ada@example.com"})
        assert self.news(1) == ["contact.user.created"]
        return made.id

    def lead(self, **fields: Json) -> str:
        made = contacts.create(self.state, {"role": "lead", **fields})
        assert self.news(1) == ["contact.lead.created"]
        return made.id


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Give a sandbox that is listened to."""
    made = Listener()
    yield made
    made.notifier.stop()


def test_a_notification_is_signed_and_shaped_as_intercoms(listener: Listener) -> None:
    """Times are text, the envelope tells workspace, topic and a new id."""
    contacts.create(listener.state, {"external_id": "u1"})
    body, headers = listener.heard.get(timeout=5)
    digest = hmac.new(SECRET.encode(), body, "sha1").hexdigest()
    assert headers["X-Hub-Signature"] == f"sha1={digest}"
    told = json.loads(body)
    assert (told["topic"], told["app_id"]) == ("contact.user.created", "sandbox")
    assert told["id"].startswith("notif_")
    assert told["data"]["item"]["external_id"] == "u1"
    assert told["data"]["item"]["updated_at"].endswith("+00:00")


def test_what_is_not_taken_is_sent_once_more(listener: Listener) -> None:
    """And then given up, as Intercom does."""
    listener.refuses = 2
    plant_contact(listener.state, {"external_id": "u1"})
    assert listener.next()["id"] == listener.next()["id"]
    plant_contact(listener.state, {"external_id": "u2"})
    assert listener.next()["data"]["item"]["external_id"] == "u2"


def test_a_change_of_a_contact_has_its_topics(listener: Listener) -> None:
    """A new address and a new role have some of their own."""
    user = listener.user()
    contacts.update(listener.state, user, {"name": "Ada"}, V)
    assert listener.news(1) == ["contact.user.updated"]
    contacts.update(listener.state, user, {"email": "new@example.com"}, V)
    assert listener.news(2) == ["contact.email.updated", "contact.user.updated"]
    lead = listener.lead()
    contacts.update(listener.state, lead, {"email": "lee@example.com"}, V)
    assert listener.news(2) == ["contact.lead.added_email", "contact.lead.updated"]
    contacts.update(listener.state, lead, {"role": "user", "external_id": "u2"}, V)
    assert listener.news(2) == ["contact.lead.signed_up", "contact.user.updated"]


def test_who_is_archived_or_deleted_is_told_by_id_alone(listener: Listener) -> None:
    """Who is back is shown in full."""
    user = listener.user()
    contacts.archive(listener.state, user)
    told = listener.next()
    item = {"id": user, "external_id": "u1", "type": "contact"}
    assert (told["topic"], told["data"]["item"]) == ("contact.archived", item | {"archived": True})
    contacts.unarchive(listener.state, user)
    assert listener.next()["data"]["item"]["email"] == "ada@example.com"
    contacts.delete(listener.state, user)
    told = listener.next()
    assert (told["topic"], told["data"]["item"]) == ("contact.deleted", item | {"deleted": True})


def test_a_merge_tells_who_became_part_of_whom(listener: Listener) -> None:
    """The one who stays is shown, with the id of the other."""
    user, lead = listener.user(), listener.lead(email="ada@example.com", name="Ada")
    contacts.merge(listener.state, {"from": lead, "into": user}, V)
    told = listener.next()
    assert (told["topic"], told["data"]["item"]["id"]) == ("contact.merged", user)
    assert told["data"]["item"]["merged_from"] == {"type": "contact", "id": lead}
    assert listener.news(1) == ["contact.user.updated"]


def test_tags_and_companies_are_told_with_the_contact(listener: Listener) -> None:
    """A company is shown in part there, and by its id once it is deleted."""
    user = listener.user()
    tag, _, _ = tags.write(listener.state, {"name": "VIP", "users": [{"id": user}]}, V)
    told = listener.next()
    assert (told["topic"], told["data"]["item"]["tag"]["name"]) == (
        "contact.user.tag.created",
        "VIP",
    )
    tags.take_off(listener.state, listener.state.contacts[user], tag)
    assert listener.news(1) == ["contact.user.tag.deleted"]
    company = companies.upsert(listener.state, {"company_id": "acme", "name": "Acme"})
    assert listener.next()["data"]["item"]["size"] is None
    companies.attach(listener.state, user, {"id": company.id}, V)
    told = listener.next()["data"]["item"]
    assert (told["contact"]["id"], told["company"]["company_id"]) == (user, "acme")
    assert "size" not in told["company"]
    companies.update(listener.state, company.id, {"size": 4})
    assert listener.news(1) == ["company.updated"]
    companies.delete(listener.state, company.id)
    assert listener.news(2) == ["company.contact.detached", "company.deleted"]
