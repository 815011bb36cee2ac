"""How many calls to Intercom an event costs, beside tools that search before each write.

Streams of Stripe's and a website's events go the real way: signed, received, stored, folded,
applied to the sandbox over a socket. Its calls are counted, and what it holds in the end is
compared with what the streams said. The same events then go to another sandbox as search-first
tools would send them.
"""
