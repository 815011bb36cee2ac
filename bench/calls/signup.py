"""A website's side of the streams: people who register with their company and change."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.calls.payloads import payload, token
from bench.calls.sent import Payload, Sent

JOBS = ("Engineer", "Head of Support", "Founder", "Designer")
LOCALES = ("de", "en", "fr", "pt")


@dataclass
class Person:
    """Somebody with an account on the website, as it knows the person now."""

    draw: random.Random
    number: int

    def __post_init__(self) -> None:
        mark = token(self.draw)
        self.id = f"usr_{mark}"
        self.email = f"person{self.number}.{mark.lower()}@example.com"
        self.first_name, self.last_name = f"Person{self.number}", mark[:6]
        self.job, self.locale = self.draw.choice(JOBS), self.draw.choice(LOCALES)
        self.company = f"company-{mark}"
        self.spend = self.draw.randrange(100, 90_000) / 100

    def registers(self, at: float) -> Sent:
        """Send the registration."""
        made = self._told("user.registered", "registered", at)
        made["user"] |= {"created_at": _iso(at), "phone": None}
        made["company"] |= {"id": self.company, "name": f"Company {self.number}"}
        made["company"]["monthly_spend"] = self.spend
        return Sent(at, "signup", self.id, made)

    def updates(self, at: float) -> Sent:
        """Send the account as it is now."""
        made = self._told("user.updated", "updated-repeated", at)
        made["user"] |= {"phone": None}
        made["company"] |= {"id": self.company, "name": f"Company {self.number}"}
        made["company"]["monthly_spend"] = self.spend
        return Sent(at, "signup", self.id, made)

    def changes(self) -> None:
        """Change one or two fields of the person."""
        fields = self.draw.sample(("last_name", "job", "locale"), self.draw.choice((1, 2)))
        for field in fields:
            setattr(self, field, token(self.draw, 6))

    def _told(self, kind: str, example: str, at: float) -> Payload:
        made = payload("signup", example)
        made |= {"id": f"evt_{token(self.draw, 16)}", "type": kind, "occurred_at": _iso(at)}
        made["user"] |= {
            "id": self.id,
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "job_title": self.job,
            "locale": self.locale,
        }
        return made

    def identifiers(self) -> dict[str, str]:
        """Give who the person is at Intercom."""
        return {"external_id": self.id, "email": self.email}

    def holds(self) -> dict[str, Any]:
        """Give what Intercom must hold of the person."""
        return {
            "role": "user",
            **self.identifiers(),
            "name": f"{self.first_name} {self.last_name}",
            "companies": [self.company],
            "custom_attributes": {"job_title": self.job, "locale": self.locale},
        }

    def holds_company(self) -> dict[str, Any]:
        """Give what Intercom must hold of the person's company."""
        spend = int(self.spend + 0.5)
        return {"company_id": self.company, "name": f"Company {self.number}"} | {
            "monthly_spend": spend
        }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
