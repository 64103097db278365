"""The command line, `paperchat`: one module a group of commands.

Open app.py first.
"""

from ui.cli.app import main

__all__ = ["main"]
