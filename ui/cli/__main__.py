"""`python -m ui.cli` is `paperchat`."""

from ui.cli import main

main()
