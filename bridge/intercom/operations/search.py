"""Many contacts of one role, by search: Intercom's list knows no roles."""

from __future__ import annotations

from typing import Any, Literal

from bridge.intercom import calls
from bridge.intercom.operations import pages
from bridge.intercom.operations.kinds import MOST_PER_PAGE
from bridge.intercom.operations.workspace import Work

_OLDEST_FIRST = {"field": "created_at", "order": "ascending"}


def of_role(
    work: Work,
    role: Literal["user", "lead"],
    per_page: int | str | None,
    starting_after: str | None,
) -> tuple[list[dict[str, Any]], str]:
    """Give all contacts of a role, or one page; the oldest first, so that no page shifts."""
    wanted = {"field": "role", "operator": "=", "value": role}

    def page(cursor: str) -> dict[str, Any]:
        return calls.search_contacts(
            work.client,
            wanted,
            per_page=int(per_page or MOST_PER_PAGE),
            starting_after=cursor or None,
            sort=_OLDEST_FIRST,
        )

    return pages.gather(page, starting_after)
