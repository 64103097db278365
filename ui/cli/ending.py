"""How the command line ends: at once, where threads of an answer that was left are still at work, or at a second Ctrl-C."""

import atexit
import os
import signal
import sys
import threading
from contextlib import suppress

_OURS = "paperchat-"
_INTERRUPTED = 130


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


def heed_interrupts() -> None:
    """Let the first Ctrl-C end the command in order, a second one at once: it would break off what the first is tidying up."""

    def second(*_: object) -> None:
        os._exit(_INTERRUPTED)

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, second)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else whoever started this wants none
        signal.signal(signal.SIGINT, first)
