"""Composition: the parts put together for each process. No rules of the product live here."""
