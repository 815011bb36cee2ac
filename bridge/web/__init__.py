"""The web process: hooks that receive, health that tells; it never calls Intercom."""
