"""What can go wrong, in one tree. Every message is one line and names the fix.

PaperchatError
├── ConfigError          a setting or a data folder that cannot be used
├── QuestionError        a question that cannot be asked: empty, or too long
├── ModelError           the language model's or embedder's endpoint failed
└── IndexError_
    ├── IndexBusy        another process is writing
    ├── IndexDamaged     files of the index cannot be read
    ├── IndexTooNew      written by a newer version
    └── EmbedderChanged  built with another embedder
"""


class PaperchatError(Exception):
    """An expected error: shown as one line, exit status 1."""


class ConfigError(PaperchatError):
    """A setting or a data folder that cannot be used."""


class QuestionError(PaperchatError):
    """A question that cannot be asked."""


class ModelError(PaperchatError):
    """An endpoint (language model or embedder) failed, after its client's own retries."""


class IndexError_(PaperchatError):
    """The index cannot be used as it is."""


class IndexBusy(IndexError_):
    """Another process is writing to the index."""


class IndexDamaged(IndexError_):
    """Files of the index cannot be read."""


class IndexTooNew(IndexError_):
    """The index was written by a newer version of Paperchat."""


class EmbedderChanged(IndexError_):
    """The index was built with another embedder than the one that is set."""
