"""Handlers: one kind of change, one file; each makes a Change true with the fewest Calls."""
