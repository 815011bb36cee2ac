"""Stripe's side of the streams: customers who buy, change, pay, and what Stripe tells of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from bench.calls.payloads import payload, token
from bench.calls.sent import Payload, Sent

PLANS = (("Starter", 1900), ("Team", 4900), ("Business", 9900))
_WITHOUT_ROUTE = ("payment_intent.created", "charge.succeeded", "payment_intent.succeeded")
_SPAN = 2.0
"""Seconds within which the webhooks of one checkout arrive."""


@dataclass
class Customer:
    """A customer as Stripe knows it now; every method gives an event and keeps what it says."""

    draw: random.Random
    number: int
    plan: str = ""
    price: int = 0
    quantity: int = 1
    balance: int = 0
    paid: int = 0
    paid_at: int = 0
    subscription: str = ""
    started: int = 0

    def __post_init__(self) -> None:
        mark = token(self.draw)
        self.id = f"cus_{mark}"
        self.email = f"buyer{self.number}.{mark.lower()}@example.com"
        self.name = f"Buyer {self.number} {mark[:6]}"

    def _told(self, kind: str, at: int, example: str, **changed: Any) -> Payload:
        made = payload("stripe", example)
        made |= {"id": f"evt_{token(self.draw, 24)}", "type": kind, "created": at}
        made["data"]["object"] |= {"livemode": True, **changed}
        made["data"].pop("previous_attributes", None)
        return made

    def customer(self, kind: str, at: int) -> Payload:
        """Tell the whole customer."""
        told = {"email": self.email, "name": self.name, "balance": self.balance, "phone": None}
        return self._told(
            kind, at, "customer-updated", id=self.id, currency="eur", metadata={}, **told
        )

    def changes(self) -> None:
        """Change one or two fields of the customer."""
        self.balance -= self.draw.randrange(100, 9000)
        if self.draw.random() < 0.5:
            self.name = f"Buyer {self.number} {token(self.draw, 6)}"

    def buys(self, at: int) -> None:
        """Begin another subscription."""
        self.subscription = f"sub_{token(self.draw, 24)}"
        self.plan, self.price = self.draw.choice(PLANS)
        self.quantity, self.started = self.draw.randrange(1, 9), at

    def subscribed(self, kind: str, at: int, status: str = "active") -> Payload:
        """Tell the subscription."""
        made = self._told(
            kind,
            at,
            "subscription-first-payment",
            id=self.subscription,
            customer=self.id,
            status=status,
            start_date=self.started,
            created=self.started,
            current_period_start=self.started,
            current_period_end=self.started + 30 * 86400,
        )
        [item] = made["data"]["object"]["items"]["data"]
        item |= {"quantity": self.quantity, "subscription": self.subscription}
        item["price"] |= {"id": f"price_{self.plan}", "nickname": self.plan}
        item["price"] |= {"unit_amount": self.price}
        if kind == "customer.subscription.updated":
            made["data"]["previous_attributes"] = {"status": "incomplete"}
        return made

    def invoiced(self, at: int) -> Payload:
        """Tell that an invoice was paid."""
        self.paid, self.paid_at = self.price * self.quantity or 1900, at
        who = {"customer": self.id, "customer_email": self.email, "customer_name": self.name}
        made = self._told("invoice.paid", at, "invoice-paid", amount_paid=self.paid, **who)
        made["data"]["object"]["status_transitions"]["paid_at"] = at
        return made

    def checked_out(self, at: int) -> Payload:
        """Tell that a checkout was completed."""
        made = self._told(
            "checkout.session.completed",
            at,
            "checkout-completed",
            id=f"cs_live_{token(self.draw, 40)}",
            customer=self.id,
            client_reference_id=None,
            amount_total=self.price * self.quantity,
            subscription=self.subscription,
        )
        details = made["data"]["object"]["customer_details"]
        details |= {"email": self.email, "name": self.name, "phone": None}
        return made

    def charged(self, kind: str, at: int) -> Payload:
        """Tell of a payment's steps, which the mapping has no route for."""
        made = self._told(kind, at, "charge-refunded", customer=self.id, amount_refunded=0)
        if kind.startswith("payment_intent"):
            intent = ("amount", "created", "currency", "customer", "livemode", "metadata", "status")
            kept = {name: made["data"]["object"][name] for name in intent}
            told = {"id": f"pi_{token(self.draw, 24)}", "object": "payment_intent", **kept}
            made["data"]["object"] = told
        return made

    # --- a checkout -------------------------------------------------------------------------------

    def checkout(self, begin: float, *, new: bool = False) -> list[Sent]:
        """Give the 5 to 8 webhooks of a checkout, in the order they come within two seconds.

        They happen in Stripe's order; neighbours may overtake each other on their way.
        """
        at = int(begin)
        self.buys(at)
        if not new:
            self.changes()
        told = [
            self.customer("customer.created" if new else "customer.updated", at),
            self.subscribed("customer.subscription.created", at, "incomplete"),
            *(self.charged(kind, at) for kind in self._some(_WITHOUT_ROUTE)),
            self.invoiced(at + 1),
            self.subscribed("customer.subscription.updated", at + 1),
            self.checked_out(at + 1),
        ]
        offsets = sorted(self.draw.uniform(0, _SPAN) for _ in told)
        for place in range(len(told) - 1):
            if self.draw.random() < 0.25:
                told[place : place + 2] = reversed(told[place : place + 2])
        return [self.sent(begin + offset, made) for offset, made in zip(offsets, told, strict=True)]

    def _some(self, kinds: tuple[str, ...]) -> list[str]:
        return [kind for kind in kinds if self.draw.random() < 0.5]

    def sent(self, at: float, made: Payload) -> Sent:
        """Give a payload as it is sent."""
        return Sent(at, "stripe", self.id, made)

    # --- what is true at last ---------------------------------------------------------------------

    def identifiers(self) -> dict[str, str]:
        """Give who the customer is at Intercom."""
        return {"email": self.email}

    def holds(self) -> dict[str, Any]:
        """Give what Intercom must hold of the customer."""
        custom: dict[str, Any] = {
            "stripe_id": self.id,
            "stripe_last_payment_amount": self.paid / 100,
            "stripe_last_payment_at": self.paid_at,
        }
        if self.balance:
            custom["stripe_account_balance"] = self.balance / 100
        if self.subscription:
            custom |= {
                "stripe_subscription_id": self.subscription,
                "stripe_subscription_status": "Active",
                "stripe_plan": self.plan,
                "stripe_plan_price": self.price / 100,
                "stripe_quantity": self.quantity,
            }
        about = {"role": "user", "email": self.email, "name": self.name, "tags": ["customer"]}
        return {**about, "custom_attributes": custom}
