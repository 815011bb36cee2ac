"""`python -m bench.engines.victim ENGINE URL`: a worker that takes an event, and is killed."""

from __future__ import annotations

import sys
import threading

from bench.engines.engines import ENGINES
from bench.engines.promises import LEASE

if __name__ == "__main__":
    if ENGINES[sys.argv[1]].open(sys.argv[2]).take(1, LEASE):
        sys.stdout.write("taken\n")
        sys.stdout.flush()
        threading.Event().wait()
