"""Intercom's REST API: the client, one function per call, the attribute registry, the sandbox.

Nothing here knows of mappings, sources or the store: what it needs of them (permits, a recorder)
comes in as parameters.
"""
