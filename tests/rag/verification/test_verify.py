"""Verification: what of a model's text is shown, sentence by sentence, as it streams."""

import re
from collections.abc import Sequence

import pytest

from corpus import Paper
from rag.relevance import Verdict
from rag.relevance.by_model import exact_quote
from rag.text import visible
from rag.verification import Support, Verifier, markers

LEAP = Paper(
    "leap", "LocalLeap: Decoding Diffusion Models in Parallel",
    "LocalLeap is a training-free way to decode diffusion language models in parallel. It reaches a throughput gain of 6.94× "
    "and needs 14.2% of the steps. It was tested on 1,319 problems with LLaDA-8B in October.", published="2025-10-08",
)  # fmt: skip
DRAFT = Paper(
    "draft", "DraftNet: Speculative Decoding for Everyone",
    "DraftNet drafts tokens with a small model and verifies them in parallel. The speedup is 2.5x on GSM8K, at a cost of ten "
    "million parameters. A mixture of experts chooses the drafter.",
)  # fmt: skip


def words(text: str) -> list[str]:
    """Words as an index would compare them, near enough."""
    return [word.strip(".,:;()!?*").lower().removesuffix("s") for word in text.replace("-", " ").split()]


def shown(
    text: str, *, repairs: Sequence[str | None] = (), pieces: int = 7, question: str = "how fast is decoding?"
) -> tuple[str, Verifier]:
    """What is shown of a model's text that comes in small pieces, and the verifier after it."""
    papers = [LEAP, DRAFT]
    left = list(repairs)
    verdicts = [Verdict(paper, 1.0, (paper.abstract.split(". ")[0],)) for paper in papers]
    verifier = Verifier(verdicts, Support(question, papers, words), lambda sentence, fault, cited: left.pop(0) if left else None)
    out = [piece for start in range(0, len(text), pieces) for piece in verifier.feed(text[start : start + pieces])]
    out += verifier.close()
    assert "".join(out) == verifier.text
    return verifier.text, verifier


def test_a_supported_sentence_is_shown_as_it_is() -> None:
    text, verifier = shown("LocalLeap decodes diffusion language models in parallel [1].")
    assert text == "LocalLeap decodes diffusion language models in parallel [1]."
    assert (verifier.checks.kept, verifier.checks.repaired, verifier.checks.dropped) == (1, 0, 0)


@pytest.mark.parametrize("number", ["6.94x", "6.94×", "6.94 times", "6.94 ×", "6.940x"])
def test_a_number_may_be_written_otherwise(number: str) -> None:
    assert shown(f"LocalLeap reaches a throughput gain of {number} [1].")[1].checks.kept == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "LocalLeap was tested on 1319 problems [1].",
        "LocalLeap was tested with LLaDA 8B [1].",
        "LocalLeap needs 14.2 percent of the steps [1].",
        "LocalLeap was published in 2025 [1].",
        "DraftNet costs 10 million parameters [2].",
        "DraftNet costs 10M parameters [2].",
        "DraftNet chooses the drafter with an MoE [2].",
        "The two papers draft or decode in parallel [1][2].",
        "LocalLeap's throughput gain is 6.94× and DraftNet's speedup is 2.5x [1, 2].",
    ],
)
def test_formatting_is_no_fault(sentence: str) -> None:
    assert shown(sentence)[1].checks.kept == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "LocalLeap reaches a throughput gain of 7.94× [1].",
        "LocalLeap reaches a throughput gain of 69.4× [1].",
        "LocalLeap reaches a throughput gain of 2.1x-6.94x [1].",
        "LocalLeap was tested with LLaDA-80B [1].",
        "LocalLeap reaches a throughput gain of three [1].",
        "LocalLeap decodes Mamba models in parallel [1].",
        "LocalLeap beats FreeDave in parallel decoding [1].",
        "LocalLeap was written by ACME in parallel [1].",
        "It cures common colds, headaches and boredom [1].",
        "LocalLeap is described at www.example.com in parallel [1].",
        "LocalLeap dekodiert Diffusionsmodelle parallel und ohne Training, was viel Zeit spart [1].",
        "它可以并行解码扩散语言模型 [1].",
    ],
)
def test_an_unsupported_sentence_is_not_shown(sentence: str) -> None:
    text, verifier = shown(sentence)
    assert text == ""
    assert verifier.checks.dropped == 1


def test_a_wrong_marker_is_replaced_by_the_paper_that_supports_the_sentence() -> None:
    text, verifier = shown("The speedup of DraftNet is 2.5x on GSM8K [1]. LocalLeap reaches 6.94× throughput [99].")
    assert text == "The speedup of DraftNet is 2.5x on GSM8K. [1] LocalLeap reaches 6.94× throughput. [2]".replace(". [", ". [")
    assert [citation.paper.paper_id for citation in verifier.citations()] == ["draft", "leap"]
    assert verifier.checks.repaired == 2


def test_a_sentence_on_two_papers_without_markers_gets_those_of_both() -> None:
    """As small models write: right, and without a marker."""
    text, verifier = shown("LocalLeap reaches a throughput gain of 6.94×, while DraftNet reaches a speedup of 2.5x on GSM8K.")
    assert text.endswith("GSM8K. [1][2]") and verifier.checks.repaired == 1
    for false in (
        "LocalLeap reaches a throughput gain of 2.5x, while DraftNet reaches a speedup of 6.94× on GSM8K.",
        "LocalLeap reaches a throughput gain of 6.94× and verifies tokens with a small model.",
        "LocalLeap decodes in parallel, while DraftNet is training-free.",
    ):
        assert shown(false)[1].checks.repaired == 0 and not shown(false)[0]


def test_systems_that_no_title_names_are_known_by_their_abstracts() -> None:
    """A sentence of a small model on two systems, of which one is named in its abstract only."""
    filtering = Paper(
        "filter", "Learning to Parallel: Adaptive Decoding", "We propose Learn2PD, which reaches a speedup of 22.58× on GSM8K."
    )
    block = Paper("block", "BlockDiff: An Efficient Model", "BlockDiff reaches a speedup of 2.5x over AR decoding.")
    verdicts = [Verdict(paper, 1.0, (paper.abstract,)) for paper in (filtering, block)]

    def written(text: str) -> str:
        support = Support("how much faster are they?", [filtering, block], lambda said: said.lower().split())
        verifier = Verifier(verdicts, support, lambda *given: None)
        return "".join([*verifier.feed(text), *verifier.close()])

    assert written("Learn2PD reaches a speedup of 22.58×, while BlockDiff reaches a speedup of 2.5x over AR decoding.").endswith("[1][2]")
    assert not written("Learn2PD reaches a speedup of 2.5x, while BlockDiff reaches a speedup of 22.58× over AR decoding.")


def test_a_marker_to_no_paper_is_removed_beside_a_good_one() -> None:
    assert shown("LocalLeap reaches 6.94× throughput [1][7][99].")[0] == "LocalLeap reaches 6.94× throughput [1]."


def test_markers_are_numbered_in_order_of_appearance() -> None:
    text, verifier = shown(
        "The speedup of DraftNet is 2.5x [2]. LocalLeap reaches 6.94× throughput [1]. DraftNet verifies tokens in parallel [2]."
    )
    assert markers(text) == [1, 2, 1]
    assert [(c.number, c.paper.paper_id) for c in verifier.citations()] == [(1, "draft"), (2, "leap")]


@pytest.mark.parametrize("written", ["[1,2]", "[1, 2]", "[1-2]", "[1–2]", "[1][2]", "[1] [2]", "[1; 2]", "【1】【2】", "[^1][^2]"])
def test_markers_are_read_however_they_are_written(written: str) -> None:
    assert shown(f"Both draft or decode in parallel {written}.")[0] == "Both draft or decode in parallel [1][2]."


def test_a_fault_is_repaired_once() -> None:
    text, verifier = shown("LocalLeap reaches 9× throughput [1].", repairs=["LocalLeap reaches 6.94× throughput [1]."])
    assert text == "LocalLeap reaches 6.94× throughput [1]."
    assert verifier.checks.repaired == 1
    text, verifier = shown("LocalLeap reaches 9× throughput [1].", repairs=["LocalLeap reaches 8× throughput [1].", "LocalLeap [1]."])
    assert text == "" and verifier.checks.dropped == 1


def test_a_repaired_item_keeps_its_title() -> None:
    title = "**LocalLeap: Decoding Diffusion Models in Parallel**:"
    text, _ = shown(f"- {title} reaches 9× throughput [1].", repairs=["It reaches 6.94× throughput [1]."])
    assert text == f"- {title} It reaches 6.94× throughput [1]."


def test_the_first_sentence_is_shown_when_the_second_begins() -> None:
    papers = [LEAP]
    verifier = Verifier([Verdict(LEAP, 1.0, (LEAP.abstract,))], Support("", papers, words), lambda *given: None)
    assert not list(verifier.feed("LocalLeap decodes diffusion language models in parallel [1]."))
    assert list(verifier.feed(" It")) == ["LocalLeap decodes diffusion language models in parallel [1]."]


def test_lists_groups_and_paragraphs_keep_their_shape() -> None:
    text, _ = shown(
        "**Parallel decoding**\n\n- **LocalLeap: Decoding Diffusion Models in Parallel**: reaches 6.94× throughput [1]. It needs 14.2% of the "
        "steps [1].\n* **Nothing**: the moon is made of cheese [2].\n1. DraftNet drafts tokens with a small model [2].\n\n"
        "**Cheese makers**\n\n- Cheese is nice [1].\n\nDraftNet's speedup is 2.5x [2]."
    )
    assert text == (
        "**Parallel decoding**\n\n- **LocalLeap: Decoding Diffusion Models in Parallel**: reaches 6.94× throughput [1]. It needs 14.2% of the "
        "steps [1].\n- DraftNet drafts tokens with a small model [2].\n\nDraftNet's speedup is 2.5x [2]."
    )


def test_a_heading_over_nothing_is_not_shown() -> None:
    assert shown("**Parallel decoding**\n\n- The moon is made of cheese [1].")[0] == ""


def test_a_table_keeps_supported_cells_and_cites_each_number() -> None:
    text, verifier = shown(
        "| Aspect | LocalLeap [1] | DraftNet [2] |\n|---|---|---|\n| Speedup | 6.94× | 2.5x [2] |\n| Training | training-free | none of your "
        "business, spy |\n| Cost | 5 euros | 10 million parameters |\n| Colour | blue | red |\n",
        question="compare the speedup, training, cost and colour aspect of LocalLeap and DraftNet",
    )
    assert text == (
        "| Aspect | LocalLeap [1] | DraftNet [2] |\n| --- | --- | --- |\n| Speedup | 6.94× [1] | 2.5x [2] |\n"
        "| Training | training-free | – |\n| Cost | – | 10 million parameters [2] |"
    )
    assert verifier.checks.dropped == 4


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("LocalLeap reaches ![x](http://a.b/c) 6.94× throughput [1].", None),
        ("LocalLeap [reaches](http://evil.example) 6.94× throughput [1].", "LocalLeap reaches 6.94× throughput [1]."),
        ("LocalLeap <b>reaches</b> `6.94×` *throughput* [1].", "LocalLeap reaches 6.94× throughput [1]."),
        ("LocalLeap reaches &lt;script&gt; 6.94× throughput [1].", "LocalLeap reaches 6.94× throughput [1]."),
        ("LocalLeap reaches\u200b 6.94× \u202ethroughput [1].", "LocalLeap reaches 6.94× throughput [1]."),
        ("LocalLeap reaches 6.94× throughput [1](http://evil.example).", "LocalLeap reaches 6.94× throughput [1]."),
    ],
)
def test_markup_is_taken_out(written: str, plain: str | None) -> None:
    text = shown(written)[0]
    assert plain is None or text == plain
    assert not any(sign in text for sign in ("http", "<", "](", "`", "![", "\u200b", "\u202e"))


def test_repetition_and_nonsense_end_the_listening() -> None:
    text, verifier = shown("LocalLeap reaches 6.94× throughput [1]. " * 50)
    assert text == "LocalLeap reaches 6.94× throughput [1]." and verifier.hopeless
    assert shown("buy " * 2_000)[1].hopeless
    assert shown("The moon is cheese [1]. " + "".join(f"Moon {word} cheese [1]. " for word in "abcdefghijklmnop"))[1].hopeless


def test_text_of_ours_takes_the_next_number() -> None:
    _, verifier = shown("The speedup of DraftNet is 2.5x [2].")
    assert verifier.own(["Also relevant: ", 0, "."]) == "\n\nAlso relevant: [2]."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("throughput gain of 6.94×", "throughput gain of 6.94×"),
        ("  “throughput  gain\nof 6.94×” ", "throughput gain of 6.94×"),
        ("a training‑free way", "a training-free way"),
        ("throughput gain of 7×", None),
        ("", None),
        ("It", None),
    ],
)
def test_a_quote_is_found_in_spite_of_spaces_and_quote_marks_only(quote: str, found: str | None) -> None:
    assert exact_quote(quote, LEAP.abstract) == found


def test_a_quote_is_returned_as_the_abstract_writes_it() -> None:
    abstract = "We say “it’s fast” — 3× [5] — and   mean it."
    assert exact_quote('We say "it\'s fast" - 3× (5) - and mean', abstract) == "We say “it’s fast” — 3× [5] — and   mean"


@pytest.mark.parametrize(
    "sentence",
    [
        "LocalLeap's throughput gain is 2.5x and DraftNet's speedup is 6.94× [1][2].",
        "LocalLeap reaches a throughput gain of 2.5x [1][2].",
        "The gains of 2.5x-6.94x are due to parallel tokens [1][2].",
        "LocalLeap reaches a throughput gain of 6.94% [1].",
        "LocalLeap needs 14.2× the steps [1].",
        "LocalLeap decodes in parallel and cures colds, headaches, boredom and hunger among tired office clerks [1].",
        "LocalLeap decodes diffusion language models in parallel because reinforcement rewards punish hallucinated citations [1].",
    ],
)
def test_halves_of_two_truths_and_other_signs_are_not_shown(sentence: str) -> None:
    assert shown(sentence)[0] == ""


def test_the_questions_own_words_support_nothing() -> None:
    asked = "does it cure common colds and headaches?"
    assert shown("It cures common colds and headaches [1].", question=asked)[0] == ""
    assert shown("LocalLeap cures common colds and headaches [1].", question=asked)[0] == ""


def test_superscripts_are_no_digits() -> None:
    paper = Paper("p", "Layers", "We train deep layers¹ on 10⁵ samples with a rate of 10⁻³ for speech.")
    support = Support("", [paper], words)
    assert not support.fault("Deep layers train on 10^5 samples.", [0])
    assert not support.fault("Deep layers train on 10⁵ samples.", [0])
    assert not support.fault("Deep layers train on 100,000 samples.", [0])
    assert support.fault("Deep layers train on 105 samples.", [0])
    assert support.fault("Deep layers train with a rate of 103.", [0])
    assert visible("10⁵ samples, 10⁻³ of layers¹") == "10^5 samples, 10^-3 of layers^1"
    assert exact_quote("on 10^5 samples with a rate of 10^-3", paper.abstract) == "on 10⁵ samples with a rate of 10⁻³"


@pytest.mark.parametrize("written", ["LocalLeap reaches 6.94× throughput^[1].", "LocalLeap reaches 6.94× throughput ^[1]."])
def test_a_raised_marker_is_a_marker(written: str) -> None:
    assert shown(written)[0] in ("LocalLeap reaches 6.94× throughput[1].", "LocalLeap reaches 6.94× throughput [1].")


@pytest.mark.parametrize(
    "quote", ["language", "in parallel", "ocalLeap is a training-free way", "6.9", "throughput gai", "is a training-free wa"]
)
def test_a_quote_of_little_or_of_pieces_of_words_is_no_evidence(quote: str) -> None:
    assert exact_quote(quote, LEAP.abstract) is None


SCALES = Paper(
    "scales", "MobiLM: Small Language Models",
    "MobiLM is a 7B language model trained on 300B tokens of 2-4 kinds. Teachers have 13B to 70B parameters. We use 1.5M examples from forty "
    "thousand pages and 10K books. The error rate is 3.2% and the gain is 4.1 points. Training cost 20 dollars on a track of 60 m.",
)  # fmt: skip


def _each(sentence: str) -> list[str]:
    """`a {7B|8B} model` -> `a 7B model`, `a 8B model`."""
    before, told, after = re.split(r"[{}]", sentence)
    return [f"{before}{figure}{after}" for figure in told.split("|")]


@pytest.mark.parametrize(
    "sentence",
    [
        "MobiLM is a {7M|7T|7K|7|71B|7 million|seven million|7-million} language model.",
        "MobiLM is trained on {300M|300T|300K|300|300 million|300 trillion|three hundred million|three hundred} tokens.",
        "Teachers have {13M to 70M|13M to 70B|13 to 70 million|13-70M|13 to 70} parameters.",
        "We use {1.5B|1.5K|1.5|1.5 billion} examples.",
        "We use {40 million|forty million|forty|40|40M} pages.",
        "We use {10M|10|ten|ten million} books.",
        "Training cost {20 million|20K|20M|twenty thousand|20 thousand} dollars.",
        "The error rate is {3.2|3.2x|3.2K%}.",
    ],
)
def test_a_number_of_another_scale_or_sign_is_refused(sentence: str) -> None:
    support = Support("", [SCALES], words)
    for told in _each(sentence):
        assert support.fault(told, [0]), told


@pytest.mark.parametrize(
    "sentence",
    [
        "MobiLM is a {7B|7b|7 B|7 billion|7-billion|seven billion|7,000,000,000} language model.",
        "MobiLM is trained on {300B|300 bn|300 billion|0.3T|three hundred billion} tokens.",
        "Teachers have {13B to 70B|13-70B|13 to 70 billion|13 and 70B} parameters.",
        "We use {1.5M|1.5 million|1,500,000|1500K} examples.",
        "We use {40K|forty thousand|40,000|40 thousand} pages.",
        "We use {10K|10,000|ten thousand} books.",
        "The error rate is {3.2%|3.2 percent}.",
        "The gain is {4.1 points|4.1|4.1 percentage points}.",
        "Training cost 20 dollars on a track of {60 m|60}.",
    ],
)
def test_a_number_of_the_same_scale_passes_however_written(sentence: str) -> None:
    support = Support("", [SCALES], words)
    for told in _each(sentence):
        assert not (fault := support.fault(told, [0])), (told, fault)
