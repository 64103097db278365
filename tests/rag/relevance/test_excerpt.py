"""Abstracts shortened for a prompt: whole sentences, in order, the telling ones first."""

from rag.relevance import excerpt

ABSTRACT = (
    "Language models are widely used. Serving them is expensive for everybody. We propose KeyDrop, which evicts keys from the cache. "
    "Many other works exist on this. It halves the memory of the KV cache at no loss. Code is available."
)


def test_short_abstracts_stay_as_they_are() -> None:
    assert excerpt(ABSTRACT, "KV cache", len(ABSTRACT)) == ABSTRACT


def test_what_is_asked_and_what_the_paper_did_is_kept_in_order() -> None:
    assert excerpt(ABSTRACT, "which papers shrink the KV cache memory?", 130) == (
        "… We propose KeyDrop, which evicts keys from the cache. … It halves the memory of the KV cache at no loss. …"
    )


def test_every_sentence_of_it_is_the_abstracts_own() -> None:
    for most in range(20, len(ABSTRACT)):
        short = excerpt(ABSTRACT, "memory of language models", most)
        assert len(short) <= most and all(part.strip() in ABSTRACT for part in short.split("…"))


def test_a_single_endless_sentence_is_cut() -> None:
    assert excerpt("word " * 400, "word", 100) == ("word " * 400)[:100]
