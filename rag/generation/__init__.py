"""Generation: verdicts -> text.

Open extractive.py first; by_model.py writes with a language model, abstention.py says what the corpus lacks.
collection.py answers about the collection itself, small_talk.py what is no question, explained.py what an idea
is (by the sentences that defining.py finds), retold.py shows papers again in another form.
"""

from rag.generation.abstention import Lacking, abstention_text, closing_line, no_author
from rag.generation.backing import backing
from rag.generation.collection import AboutCollection
from rag.generation.defining import defining
from rag.generation.explained import Side, explained, is_survey, on_both, surveys_first, topic_of, weighed
from rag.generation.extractive import as_list, byline, citations_of, less_sure, quoted_items, shown, titled, write_extractive
from rag.generation.retold import as_wished, retold
from rag.generation.small_talk import small_talk, unreadable
from rag.generation.topics import Topics

__all__ = [
    "AboutCollection",
    "Lacking",
    "Side",
    "Topics",
    "abstention_text",
    "as_list",
    "as_wished",
    "backing",
    "byline",
    "citations_of",
    "closing_line",
    "defining",
    "explained",
    "is_survey",
    "less_sure",
    "no_author",
    "on_both",
    "quoted_items",
    "retold",
    "shown",
    "small_talk",
    "surveys_first",
    "titled",
    "topic_of",
    "unreadable",
    "weighed",
    "write_extractive",
]
