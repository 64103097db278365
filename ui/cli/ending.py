"""How the command line ends: at once, where threads of an answer that was left are still at work."""

import atexit
import os
import sys
import threading
from contextlib import suppress

_OURS = "paperchat-"


def end(status: object) -> None:
    """End the process, unless nothing of ours is at work any more: compiled code that comes back when Python has ended crashes it."""
    if not any(thread.name.startswith(_OURS) for thread in threading.enumerate()):
        return
    with suppress(Exception):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # whoever read may be gone
            stream.flush()
    os._exit(status if isinstance(status, int) else int(status is not None))
