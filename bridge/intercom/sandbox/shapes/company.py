"""How companies and tags look."""

from __future__ import annotations

from bridge.intercom.sandbox.companies import user_count
from bridge.intercom.sandbox.model import Company, Tag
from bridge.intercom.sandbox.shapes.workspace import Object
from bridge.intercom.sandbox.state import Sandbox


def company(state: Sandbox, held: Company) -> Object:
    """Give a company; what is empty is left out, as the live API does."""
    plan = {"type": "plan", "id": held.plan, "name": held.plan} if held.plan else {}
    shown: Object = {
        "type": "company",
        "id": held.id,
        "company_id": held.company_id,
        "app_id": state.workspace,
        "name": held.name,
        "remote_created_at": held.remote_created_at,
        "created_at": held.created_at,
        "updated_at": held.updated_at,
        "last_request_at": held.last_request_at,
        "size": held.size,
        "website": held.website,
        "industry": held.industry,
        "monthly_spend": held.monthly_spend,
        "session_count": 0,
        "user_count": user_count(state, held.id),
        "plan": plan,
        "custom_attributes": dict(held.custom_attributes),
        "tags": {
            "type": "tag.list",
            "tags": [tag(state.tags[each]) for each in held.tags if each in state.tags],
        },
        "segments": {"type": "segment.list", "segments": []},
    }
    return {name: value for name, value in shown.items() if value is not None}


def tag(held: Tag, applied_at: int | None = None) -> Object:
    """Give a tag, with the time it was put on a contact where it is asked for as theirs."""
    shown: Object = {"type": "tag", "id": held.id, "name": held.name}
    return shown if applied_at is None else shown | {"applied_at": applied_at}
