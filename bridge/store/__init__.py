"""Everything that must outlive the process: receipts, events, lanes, holds and what is known.

One set of queries for SQLite and PostgreSQL. Nothing here knows of HTTP, mappings or Intercom.
"""
