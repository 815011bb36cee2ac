"""How fast workers work off a backlog, through the real path: claim, map, hold, call, record.

The backlog is of Stripe's customers, five events each, known from a workspace that was read.
Workers are processes as they are deployed; Intercom is answered by a small server in a process of
its own (bench/drain/answers.py), so that it is never what is waited for.
"""
