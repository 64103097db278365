"""What meets text from outside takes time that grows as the text does: eight times the text, about eight times as long."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from corpus import Paper
from corpus.readers.people import people
from corpus.tags import without_tags
from rag import Assistant
from rag.text import content_words, instructs, named_like, neutral, split_sentences, trusted
from rag.verification import Support
from rag.verification.evidence import names, versions
from rag.verification.figures import numbers, signs
from rag.verification.stream import Units, plain
from ui.slack.reading import said

_SMALL, _LARGE = 25_000, 200_000
_ATOMS = ["!", " ", "1", "a", "A1", "-", "*", "<!a", "[1,", "(", "\\a{", "1 1 ", "a.", "&#1", "and ", "a@", "\n", "$"]
_PAPER = Paper("p", "Leap: decoding", "Leap decodes in parallel. It is 3 times faster.")
_SUPPORT = Support("how fast?", [_PAPER], str.split)


def streamed(text: str) -> None:
    """A model's text as it comes, in pieces of any size."""
    for size in (60, len(text)):
        units = Units()
        for start in range(0, len(text), size):
            list(units.feed(text[start : start + size]))
        list(units.close())


READERS: dict[str, Callable[[str], Any]] = {
    "content words": content_words,
    "names": lambda text: (named_like(text), names(text), versions(text)),
    "instructions": instructs.__wrapped__ if hasattr(instructs, "__wrapped__") else instructs,
    "trusted": trusted.__wrapped__,
    "neutral": neutral.__wrapped__,
    "sentences": split_sentences,
    "numbers": lambda text: (numbers(text), signs(text)),
    "a stream": streamed,
    "markup": plain,
    "a sentence": lambda text: (_SUPPORT.fault(text, [0]), _SUPPORT.heading(text)),
    "slack": lambda text: said(text, "U1"),
    "tags": without_tags,
    "people": people,
}


def seconds(reader: Callable[[str], Any], length: int) -> float:
    """Processor time over every worst input of this length."""
    texts = [atom * (length // len(atom)) + "\x01!" for atom in _ATOMS]
    start = time.process_time()
    for text in texts:
        reader(text)
    return time.process_time() - start


@pytest.mark.parametrize("name", READERS)
def test_time_grows_as_the_text_does(name: str) -> None:
    small = seconds(READERS[name], _SMALL)
    assert seconds(READERS[name], _LARGE) < 20 * small + 0.5  # sixty-four times, were it quadratic


def test_a_long_conversation_is_read_within_limits(assistant: Assistant) -> None:
    """One message of 200 kB, or 10,000 messages: the answer is that of the question."""
    wanted = assistant.query("which papers speed up dLLM decoding?").text
    for content, times in (("!" * 200_000, 1), ("1 " * 100_000, 3), ("hello ", 10_000)):
        history = [{"role": role, "content": content} for _ in range(times) for role in ("user", "assistant")]
        answer = assistant.query("which papers speed up dLLM decoding?", history)  # type: ignore[arg-type]
        assert answer.text == wanted
