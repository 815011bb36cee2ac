"""How the sandbox's answers look: the schemas of Intercom's OpenAPI description 2.16."""

from bridge.intercom.sandbox.shapes.activity import event_list, note, subscription_type
from bridge.intercom.sandbox.shapes.company import company, tag
from bridge.intercom.sandbox.shapes.contact import contact, reference
from bridge.intercom.sandbox.shapes.workspace import Object, admin, attribute, listing

__all__ = [
    "Object",
    "admin",
    "attribute",
    "company",
    "contact",
    "event_list",
    "listing",
    "note",
    "reference",
    "subscription_type",
    "tag",
]
