"""What removing old events costs those who send new ones, and how fast it goes.

Months of events are written in bulk; then webhooks are sent to a web process while nothing is
removed, while a worker removes at its own pace, and while it removes without a pause.
"""
