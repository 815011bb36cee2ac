"""Handlers: one kind of change, one file; each makes a Change true with the fewest Calls."""

from handlers import contact, lead, user
from handlers.apply import apply
from handlers.work import Work

__all__ = ["Work", "apply", "contact", "lead", "user"]
