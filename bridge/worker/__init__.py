"""The worker: claim a lane → map → hold → handle → record."""
