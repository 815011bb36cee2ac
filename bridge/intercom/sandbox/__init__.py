"""A local Intercom that keeps state and behaves, faults included, as the live one was seen to.

The rules are plain Python over `Sandbox`; `app.py` puts HTTP before them, `serve.py` a socket.
What only the live API can tell is not here: delivery of messages, segments, conversations.
"""

from bridge.intercom.sandbox.app import create_sandbox
from bridge.intercom.sandbox.faults import Fault, Faults, fault_of
from bridge.intercom.sandbox.keep import Keeper, SandboxFile
from bridge.intercom.sandbox.model import Contact, Rules
from bridge.intercom.sandbox.notify import Notifier, Subscription
from bridge.intercom.sandbox.rules import changed
from bridge.intercom.sandbox.seeds import held, held_contact, plant, plant_contact
from bridge.intercom.sandbox.serve import SandboxAddress, SandboxServer, serve
from bridge.intercom.sandbox.state import Sandbox

__all__ = [
    "Contact",
    "Fault",
    "Faults",
    "Keeper",
    "Notifier",
    "Rules",
    "Sandbox",
    "SandboxAddress",
    "SandboxFile",
    "SandboxServer",
    "Subscription",
    "changed",
    "create_sandbox",
    "fault_of",
    "held",
    "held_contact",
    "plant",
    "plant_contact",
    "serve",
]
