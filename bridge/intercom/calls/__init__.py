"""One function per call to Intercom, shared by handlers and operations.

Each takes the client first and gives the JSON object that Intercom answered. Paths, bodies and
limits as in Intercom's OpenAPI description 2.16. Every function may raise what
`bridge.intercom.client.Client.send` raises.
"""

from bridge.intercom.calls.account import me
from bridge.intercom.calls.attributes import create_attribute, list_attributes, update_attribute
from bridge.intercom.calls.companies import (
    attach_company,
    delete_company,
    detach_company,
    find_company,
    get_company,
    list_companies,
    list_company_contacts,
    list_contact_companies,
    scroll_companies,
    update_company,
    upsert_company,
)
from bridge.intercom.calls.contacts import (
    archive_contact,
    block_contact,
    create_contact,
    delete_contact,
    find_by_external_id,
    get_contact,
    list_contacts,
    merge_contacts,
    search_by_email,
    search_contacts,
    unarchive_contact,
    update_contact,
)
from bridge.intercom.calls.events import submit_event
from bridge.intercom.calls.notes import add_company_note, add_note, list_notes
from bridge.intercom.calls.subscriptions import (
    list_subscription_types,
    list_subscriptions,
    opt_in,
    opt_out,
)
from bridge.intercom.calls.tags import (
    create_tag,
    list_contact_tags,
    list_tags,
    tag_company,
    tag_contact,
    untag_company,
    untag_contact,
)

__all__ = [
    "add_company_note",
    "add_note",
    "archive_contact",
    "attach_company",
    "block_contact",
    "create_attribute",
    "create_contact",
    "create_tag",
    "delete_company",
    "delete_contact",
    "detach_company",
    "find_by_external_id",
    "find_company",
    "get_company",
    "get_contact",
    "list_attributes",
    "list_companies",
    "list_company_contacts",
    "list_contact_companies",
    "list_contact_tags",
    "list_contacts",
    "list_notes",
    "list_subscription_types",
    "list_subscriptions",
    "list_tags",
    "me",
    "merge_contacts",
    "opt_in",
    "opt_out",
    "scroll_companies",
    "search_by_email",
    "search_contacts",
    "submit_event",
    "tag_company",
    "tag_contact",
    "unarchive_contact",
    "untag_company",
    "untag_contact",
    "update_attribute",
    "update_company",
    "update_contact",
    "upsert_company",
]
