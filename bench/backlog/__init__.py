"""How long a claim takes with few and with very many lanes waiting.

A worker asks for work many times a second, most of all when there is much of it; so an engine whose
question becomes slower with its queue is slowest when it is needed.
"""
