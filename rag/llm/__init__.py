"""A language model's endpoint: calls, limits, options as it takes them, structured replies, faults in plain words, kept answers.

Open client.py first.
"""

from rag.llm.address import base_url, shown_url
from rag.llm.cache import AnswerCache
from rag.llm.client import Model
from rag.llm.endpoint import open_client, open_llm
from rag.llm.faults import ContextOverflow, CutShort, Filtered, Refused, TooSlow, Unreadable, explained
from rag.llm.finish import Ending, Piece
from rag.llm.messages import Prompt
from rag.llm.spending import Spending
from rag.llm.standing import Judging, Register, Standing, trusted_with
from rag.llm.structured import json_schema, parsed

__all__ = [
    "AnswerCache", "ContextOverflow", "CutShort", "Ending", "Filtered", "Judging", "Model", "Piece", "Prompt", "Refused", "Register",
    "Spending", "Standing", "TooSlow", "Unreadable", "base_url", "explained", "json_schema", "open_client", "open_llm", "parsed",
    "shown_url", "trusted_with",
]  # fmt: skip
