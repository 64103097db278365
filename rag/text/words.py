"""Words of a text that matter: what it is about, and what is written like a system's name."""

import re
from collections.abc import Sequence

_STOP_WORDS = frozenset(
    """a an the of for on in to with and or by from at as is are was were be been being do does did what which who whom
    whose how why when where that this these those there here it its i me my we us our you your they them their he she
    his her can could should would may might will shall have has had having about into over under than then so such any
    some all each every both more most other another one ones also very really please want need find show give tell list
    know paper papers work works study studies research article articles literature publication publications propose
    proposes proposed present presents approach approaches method methods something anything someone anyone people use
    uses used using get gets make makes vs versus like via if but whats s t re d ll ve m provide could introduce
    references w o e g i etc btw fyi imo imho afaik tbh pls plz thx sth smth wrt abt
    just only really not no nor newest latest recent recently last new highest lowest""".split()
)
_CAPITAL = re.compile(r"[B-HJ-Z]")
_WORD = re.compile(r"\S+")


def _bare(word: str) -> str:
    """The word without the signs around it. Character by character: a pattern for the end tries every start."""
    if word.isalnum():
        return word
    start, end = 0, len(word)
    while start < end and not (word[start].isalnum() or word[start] == "_"):
        start += 1
    while end > start and not (word[end - 1].isalnum() or word[end - 1] == "_"):
        end -= 1
    return word[start:end]


def content_words(text: str) -> list[str]:
    """The words that say what is asked about: without question words, "papers", "show me" and the like."""
    words = (_bare(word) for word in _WORD.findall(text.replace("’", "'")))
    return [word for word in words if word and (_CAPITAL.fullmatch(word) or word.lower().removesuffix("'s") not in _STOP_WORDS)]


def in_row(words: Sequence[str], text: Sequence[str]) -> bool:
    """Whether some words, or stems, stand in a text one after the other."""
    return any(list(text[at : at + len(words)]) == list(words) for at in range(len(text) - len(words) + 1))


def search_words(text: str) -> list[str]:
    """The words that a question is searched by: those that say what is asked about, or all where none does."""
    return content_words(text) or text.split()


_NAME_LIKE = re.compile(r"(?:[a-z]+[A-Z]|[A-Z]+[a-z]+[A-Z]|[A-Z]{2,}[\w]*|[A-Z][\w]*[\d-])[\w+²-]*")
_LONGEST = 100
_FIELD_TERMS = frozenset(
    "LLM LLMS VLM VLMS MLLM MLLMS DLLM DLLMS LORA PEFT RAG RL RLHF MOE KV NLP AI ML GPU GPUS CPU NPU FPGA PIM QA API JSON".split()
)


def named_like(text: str) -> list[str]:
    """Words written like a system's name (LocalLeap, NV-Embed, eDKM), the field's own terms aside."""
    words = (_bare(word) for word in _WORD.findall(text))
    return [word for word in words if len(word) <= _LONGEST and _NAME_LIKE.fullmatch(word) and word.upper() not in _FIELD_TERMS]
