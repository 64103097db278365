"""History: how much of a conversation is read. It comes from outside, and may be of any length."""

from collections.abc import Iterable, Mapping, Sequence

from rag.errors import QuestionError
from rag.understanding.question import MAX_CHARACTERS, Message, without_long_words

MOST_MESSAGES, MOST_OF_ONE, MOST_IN_ALL = 200, 20_000, 200_000
"""Messages, characters of one, and of all together; what is older or longer is not read."""

SHAPE = 'history is a sequence of {"role": "user" or "assistant", "content": text}'


def recent(history: Sequence[Message]) -> Sequence[Message]:
    """The last part of a conversation, within limits; as it is where it keeps to them. Raises QuestionError."""
    kept: list[Message] = []
    left = MOST_IN_ALL
    if not isinstance(history, Iterable | None):
        raise QuestionError(SHAPE)
    for message in reversed(list(history or ())[-MOST_MESSAGES:]):
        content = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(content, str):
            left -= min(len(content), MOST_OF_ONE)
            if left < 0:
                break
            if len(content) > MOST_OF_ONE:
                message = {**message, "content": content[:MOST_OF_ONE]}
            if message.get("role") == "user":
                message = {**message, "content": without_long_words(message["content"][:MAX_CHARACTERS])}
        kept.append(message)
    return kept[::-1]
