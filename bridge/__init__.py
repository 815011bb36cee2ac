"""The bridge: webhooks of signup, billing and CRM systems become people in Intercom."""

__version__ = "0.1.0"
