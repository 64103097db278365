"""Processes of our own beside this one."""

import sys
from pathlib import Path

_PROGRAM = "import sys; from importlib import import_module; sys.path[0] = sys.argv[1]; import_module(sys.argv[2]).main(*sys.argv[3:])"


def command(module: str, *arguments: str) -> list[str]:
    """What runs a module's `main`, out of this very package wherever the child starts."""
    return [sys.executable, "-c", _PROGRAM, str(Path(__file__).parents[2]), module, *arguments]
