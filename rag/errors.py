"""What can go wrong, in one tree. Every message is one line and names the fix.

PaperchatError
├── ConfigError          a setting or a data folder that cannot be used
├── QuestionError        a question that cannot be asked: empty, or too long
├── ModelError           the language model's or embedder's endpoint failed
└── IndexFault
    ├── IndexBusy        another process is writing
    ├── IndexDamaged     files of the index cannot be read
    │   ├── VectorsDamaged   Chroma's vector files cannot, the rest can
    │   └── DatabaseDamaged  Chroma's database was changed or is gone; the lexical index has a copy of the papers
    ├── IndexUnreachable the Chroma server does not answer
    ├── IndexClosed      asked after its `close`
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


class IndexFault(PaperchatError):
    """The index cannot be used as it is."""


class IndexBusy(IndexFault):
    """Another process is writing to the index."""


class IndexDamaged(IndexFault):
    """Files of the index cannot be read."""


class VectorsDamaged(IndexDamaged):
    """Chroma's vector files were cut short (it does not write them atomically); the papers are safe."""


class DatabaseDamaged(IndexDamaged):
    """Chroma's database was changed from outside, or is gone; the lexical index has a copy of the papers."""


class IndexUnreachable(IndexFault):
    """The Chroma server does not answer, or fails; what was written before is kept."""


class IndexClosed(IndexFault):
    """The index was closed before it was asked."""


class IndexTooNew(IndexFault):
    """The index was written by a newer version of Paperchat."""


class EmbedderChanged(IndexFault):
    """The index was built with another embedder than the one that is set."""
