"""How fast the receiver is: `python -m bench.receive`, or `make bench-receive`.

A signed Stripe event of real size, many connections, beside an empty Flask view on the same server,
and beside the receiver with parts taken out. Rounds are interleaved, so that a noisy machine is
noisy for all.
"""
