"""`python -m bridge`: the same program, where another command is called bridge."""

from bridge.cli import main

main()
