"""Understanding: a turn of a conversation -> what is asked: intent, kind, topic, filters, what it refers back to.

Open question.py first, then reading.py, the way without a model; by_model.py is the way with one.
(`rag.query` is the function that answers.)
"""

from rag.understanding.conversation import cited_before
from rag.understanding.dates import falls_on
from rag.understanding.facts import asks_average, counts_mentions, fact_asked
from rag.understanding.filters import implied
from rag.understanding.history import recent
from rag.understanding.kin import same_as
from rag.understanding.languages import in_english
from rag.understanding.question import Form, Kind, Message, Question
from rag.understanding.reading import Reader, subject
from rag.understanding.remembered import Remembered
from rag.understanding.rivals import rival
from rag.understanding.sides import aspect_of, wants_verdict
from rag.understanding.targets import typed_as_name
from rag.understanding.topical import topical_words
from rag.understanding.wishes import Wish

__all__ = [
    "Form", "Kind", "Message", "Question", "Reader", "Remembered", "Wish", "asks_average", "aspect_of", "cited_before", "counts_mentions",
    "fact_asked", "falls_on", "implied", "in_english", "recent", "rival", "same_as", "subject",
    "topical_words", "typed_as_name", "wants_verdict",
]  # fmt: skip
