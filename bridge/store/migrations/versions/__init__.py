"""One file per step; each is written out, so that it stays what it was."""
