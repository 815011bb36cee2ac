"""Measurements of the product; no part of it."""
