"""A real server program with any model, random weights included: the protocol holds, and no nonsense is shown.

pip install 'transformers[serving]' torch; transformers serve MODEL --port 8123
REAL_SERVER_URL=http://127.0.0.1:8123/v1 REAL_SERVER_MODEL=MODEL pytest -m slow tests/rag/llm/test_real_server.py
"""

import os

import pytest

from rag import Assistant, Delta, load_config
from rag.generation.by_model import ModelWriter
from rag.llm import Model
from rag.relevance import Verdict
from rag.understanding import Reader
from rag.verification import markers

URL, MODEL = os.environ.get("REAL_SERVER_URL"), os.environ.get("REAL_SERVER_MODEL")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not (URL and MODEL), reason="set REAL_SERVER_URL and REAL_SERVER_MODEL")]
ASKED = "which papers speed up dLLM decoding?"


@pytest.fixture
def reader(assistant: Assistant) -> Assistant:
    config = load_config(llm_model=MODEL, openai_base_url=URL, cache=False, llm_max_tokens=200, llm_answer_timeout=150)
    return Assistant(config, index=assistant.index)


def test_the_whole_path(reader: Assistant) -> None:
    events = list(reader.stream(ASKED))
    answer = events[-1]
    assert "".join(event.text for event in events if isinstance(event, Delta)) == answer.text  # type: ignore[union-attr]
    assert set(markers(answer.text)) == {citation.number for citation in answer.citations}  # type: ignore[union-attr]
    assert all(citation.quote in citation.paper.abstract for citation in answer.citations)  # type: ignore[union-attr]
    assert answer.usage.tokens_in > 1_000  # type: ignore[union-attr]


def test_what_it_writes_is_verified(reader: Assistant) -> None:
    """Past the judge, whom random weights would not pass: the writer alone, on three papers."""
    model = Model(reader.config)
    question = Reader(reader.index.lexical, reader.index.encoder.static).read(ASKED)
    verdicts = [Verdict(hit.paper, 1.0, (hit.paper.abstract[:80],)) for hit in reader.search(ASKED, 3)]
    spending = model.spending()
    outcome = ModelWriter(model, reader.index.lexical.terms).begin(question, verdicts, spending)
    shown = "".join(ModelWriter(model, reader.index.lexical.terms).write(question, verdicts, outcome, spending))
    assert spending.tokens_out > 0 and shown == outcome.verifier.text
    assert set(markers(shown)) == {citation.number for citation in outcome.verifier.citations()}
