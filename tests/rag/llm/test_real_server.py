"""Real server programs and real, small models: the protocol holds, no nonsense is shown, and no answer is worse than without.

Run by a command, never with the suite: tests/README.md says how the models are put together.

    python -m llama_cpp.server --model qwen-1.5b.gguf --n_ctx 16384 --port 8011 --model_alias qwen-1.5b
    REAL_MODELS="qwen-1.5b=http://127.0.0.1:8011/v1" pytest -m models tests/rag/llm/test_real_server.py

Several are separated by blanks; LiteLLM's proxy before such a server (`litellm --model openai/qwen-1.5b --api_base URL`)
is another one of them.
"""

import os

import pytest

from rag import Assistant, Delta, load_config
from rag.generation.by_model import ModelWriter
from rag.llm import Model
from rag.relevance import Verdict
from rag.understanding import Kind, Question
from rag.understanding.by_model import Understood
from rag.verification import markers

SERVERS = dict(entry.split("=", 1) for entry in os.environ.get("REAL_MODELS", "").split())
pytestmark = [
    pytest.mark.models,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not SERVERS, reason="set REAL_MODELS to NAME=URL, several with blanks"),
]
ASKED = "how many times faster is Learn2PD once you add KV cache?"


@pytest.fixture(params=SERVERS or ["none"])
def reader(request: pytest.FixtureRequest, assistant: Assistant) -> Assistant:
    config = load_config(llm_model=request.param, openai_base_url=SERVERS[request.param], cache=False, llm_max_tokens=300)
    return Assistant(config, index=assistant.index)


def test_an_answer_is_no_worse_than_without_the_model(assistant: Assistant, reader: Assistant) -> None:
    events = list(reader.stream(ASKED))
    answer, alone = events[-1], assistant.query(ASKED)
    assert "".join(event.text for event in events if isinstance(event, Delta)) == answer.text  # type: ignore[union-attr]
    assert set(markers(answer.text)) == {citation.number for citation in answer.citations}  # type: ignore[union-attr]
    assert all(citation.quote in citation.paper.abstract for citation in answer.citations)  # type: ignore[union-attr]
    assert not answer.abstained and {c.paper for c in alone.citations} <= {c.paper for c in answer.citations}  # type: ignore[union-attr]


def test_what_it_writes_is_verified(reader: Assistant) -> None:
    """Past the judge: the writer alone, on three papers."""
    model = Model(reader.config)
    asked = Understood(Question(ASKED, ASKED, Kind.NUMBER))
    verdicts = [Verdict(hit.paper, 1.0, (hit.paper.abstract[:80],)) for hit in reader.search(ASKED, 3)]
    spending = model.spending()
    writer = ModelWriter(model, reader.index.lexical.terms)
    outcome = writer.begin(asked, verdicts, spending)
    shown = "".join(writer.write(asked, verdicts, outcome, spending))
    assert shown == outcome.verifier.text
    assert set(markers(shown)) == {citation.number for citation in outcome.verifier.citations()}
