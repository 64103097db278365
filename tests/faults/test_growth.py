"""What meets text from outside takes time that grows as the text does: eight times the text, about eight times as long."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from corpus import CorpusError, Paper
from corpus.clean import clean
from corpus.readers.bibtex import authors
from corpus.readers.formats import read_bytes
from corpus.readers.ids import doi
from corpus.readers.json_plain import word_of
from corpus.readers.people import people
from corpus.tags import without_tags
from rag import Assistant
from rag.text import content_words, instructs, named_like, neutral, split_sentences, trusted
from rag.verification import Support
from rag.verification.evidence import names, versions
from rag.verification.figures import numbers, signs
from rag.verification.stream import Units, plain
from rag.verification.written import canonical
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


def parsed(name: str, text: str) -> list[Paper]:
    """The papers of a file, or none where it is refused."""
    try:
        return list(read_bytes(text.encode(), name, lambda _: None))
    except CorpusError:
        return []


def _xml(part: str, times: int) -> str:
    opened, closed = part.split("|")
    return f"<mods><titleInfo><title>A title</title></titleInfo><abstract>Text.</abstract>{opened * times}{closed * times}</mods>"


PARTS: dict[str, tuple[Callable[[str], Any], Callable[[int], str]]] = {
    "comments without end": (clean, lambda n: "<b> " + "<!--" * (n // 4)),
    "CDATA without end": (clean, lambda n: "<b> " + "<![CDATA[" * (n // 9)),
    "an instruction without end": (clean, lambda n: "<b> <?" + "a" * n),
    "documents without end": (clean, lambda n: r"\documentclass\begin{document}" * (n // 30)),
    "addresses in addresses": (clean, lambda n: "{ " + "http://" * (n // 7)),
    "a power": (clean, lambda n: "^" + "1" * n + "a}"),
    "blanks between authors": (authors, lambda n: "a" + " " * n + "b"),
    "and and and": (authors, lambda n: "a and " * (n // 6)),
    "blanks in a @string": (lambda t: parsed("x.bib", t), lambda n: "@string{a = x" + " " * n + "x}\n@article{k, title={A}}"),
    "blanks in a DOI": (doi, lambda n: "doi" + " " * n + "x"),
    "DOIs in PubMed's": (lambda t: parsed("x.nbib", t), lambda n: "PMID- 1\nTI  - A\nLID - " + "10.1234/" * (n // 8) + "\n"),
    "markers in a row": (lambda t: canonical(t, 5), lambda n: "[see paper 1" + " and see papers 1" * (n // 17) + "x)"),
    "blanks in an element": (lambda t: canonical(t, 5), lambda n: "<sup>" + " " * n + "]"),
    "elements in a row": (lambda t: canonical(t, 5), lambda n: "<sup>1<b>  " * (n // 11) + "]"),
    "a field's name": (word_of, lambda n: "a" + "_s" * (n // 2) + "x"),
    "XML within XML": (lambda t: parsed("x.xml", t), lambda n: _xml("<subject><topic>|</topic></subject>", n // 36)),
    "authors of XML": (lambda t: parsed("x.xml", t), lambda n: "<x><r><title>A</title>" + "<author>B</author>" * (n // 18) + "</r></x>"),
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_reading_a_file_takes_time_as_it_is_long(name: str) -> None:
    def took(length: int) -> float:
        text = make(length)
        start = time.process_time()
        reader(text)
        return time.process_time() - start

    reader, make = PARTS[name]
    assert took(_LARGE) < 20 * took(_SMALL) + 0.5


@pytest.fixture(scope="module")
def warm(assistant: Assistant) -> Assistant:
    """It answered before: what is loaded with the first question is not timed."""
    assistant.query("papers but not LoRA!s")
    return assistant


@pytest.mark.parametrize("signs", [",", "(,", "AaA", "1", "2024-", "@a", "A-"])
def test_a_question_of_one_endless_word_is_answered_soon(warm: Assistant, signs: str) -> None:
    """Rules that take a word's length by its square or cube meet no word that long, asked now or before."""

    def took(length: int) -> float:
        question = ("papers but not " + signs * length)[:length] + "!s"
        start = time.process_time()
        warm.query(question)
        warm.query("and which of those are on LoRA?", [{"role": "user", "content": question}, {"role": "assistant", "content": "[1]"}])
        return time.process_time() - start

    assert took(3_900) < 6 * took(500) + 1  # eight times the length; 10 s and more for the cube


def test_a_long_conversation_is_read_within_limits(assistant: Assistant) -> None:
    """One message of 200 kB, or 10,000 messages: the answer is that of the question."""
    wanted = assistant.query("which papers speed up dLLM decoding?").text
    for content, times in (("!" * 200_000, 1), ("1 " * 100_000, 3), ("hello ", 10_000)):
        history = [{"role": role, "content": content} for _ in range(times) for role in ("user", "assistant")]
        answer = assistant.query("which papers speed up dLLM decoding?", history)  # type: ignore[arg-type]
        assert answer.text == wanted
