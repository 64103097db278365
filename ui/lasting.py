"""What a process that answers for days sets when it starts. Light to import, and called before threads are begun."""

import ctypes
from contextlib import suppress

_M_ARENA_MAX, _ARENAS = -8, 2


def lasting() -> None:
    """Keep memory flat: glibc gives each thread a heap of its own, and keeps what each once needed.

    With eight heaps, as many as two cores get, a server grew by 0.2 MB a visitor; with two it stays.
    """
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
