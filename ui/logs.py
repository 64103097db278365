"""What a server logs: one line each, whatever a library wants to print. Light to import."""

import logging

_LONGEST = 300


class OneLine(logging.Formatter):
    """A record in one line: of an exception its kind, its words and where it was raised."""

    def format(self, record: logging.LogRecord) -> str:
        told = record.getMessage()
        fault = record.exc_info[1] if record.exc_info else None
        if fault is not None:
            told += f" ({type(fault).__name__}: {fault}{_place(fault)})"
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in told).split())
        shown = line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
        return f"{self.formatTime(record)} {record.levelname} {shown}"


def _place(fault: BaseException) -> str:
    """The file and line that raised it."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f", {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else ""


def log_in_lines() -> None:
    """Warnings and errors go to standard error in lines. Called first: libraries that would print otherwise leave it at that."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
