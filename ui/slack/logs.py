"""Logs without secrets, at any level."""

import logging
import re

_SECRETS = re.compile(
    r"xox[a-z](?:\.xox[a-z])?-[\w-]+|xapp-[\w-]+|(?<=Bearer )\S+|(?<=ticket=)[^&\s\"']+"
    r"|(?<=/commands/)[^\s\"'\\]+|(?<=/actions/)[^\s\"'\\]+"
)
_UNHANDLED = "Unhandled request"


def redacted(text: str) -> str:
    """Text with tokens, socket tickets and response addresses masked."""
    return _SECRETS.sub("***", text)


class Redacting(logging.Filter):
    """Masks secrets in every record, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        told = record.getMessage()
        if told.startswith(_UNHANDLED):  # with what it held, and how to write a listener
            told = "a delivery of a kind that the bot does not take was left alone"
        record.msg, record.args = redacted(told), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        return True


def slack_logger(debug: bool = False) -> logging.Logger:
    """The one logger that the bot, Bolt and Slack's SDK write to. Message text appears at debug level only."""
    logger = logging.getLogger("paperchat.slack")
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    if not any(isinstance(held, Redacting) for held in logger.filters):
        logger.addFilter(Redacting())
    return logger
