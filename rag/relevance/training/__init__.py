"""Training: how the reader's weights were made. Needs the `train` extra; nothing that a user runs imports it.

Open __main__.py first, which is the command.
"""

import importlib
from typing import Any


def imported(name: str) -> Any:
    """A module that only training needs; ImportError with the fix where it is missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"training needs {name}: pip install 'paperchat[train]'") from error
