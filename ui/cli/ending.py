"""How the command line ends: expected errors in one line, and at once where threads are still at work or at a second Ctrl-C."""

import atexit
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

_OURS = "paperchat-"
_INTERRUPTED = 130
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


def run(command: Callable[[], object]) -> None:
    """Run a command; what is expected to go wrong becomes one line on stderr and exit status 1."""
    from corpus import CorpusError, printable_lines
    from rag.errors import PaperchatError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack a sign that a title has
    try:
        try:
            command()
        finally:
            if sys.stdout:
                sys.stdout.flush()  # here a full disk can be told
    except (PaperchatError, CorpusError) as error:
        print(f"paperchat: {printable_lines(str(error))}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\npaperchat: interrupted; what was done is kept", file=sys.stderr)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(0)
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - Python writes out what is left when it ends
        print(f"paperchat: what it prints cannot be written: {error.strerror}; give it another file or disk", file=sys.stderr)
        sys.exit(1)


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
