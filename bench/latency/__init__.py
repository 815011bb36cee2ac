"""How soon an idle worker calls Intercom, and its memory: `python -m bench.latency`.

From the moment that a commit returned, in one process, until the first call of its event arrives
at the sandbox; the worker is a process of its own that does nothing in between.
"""
