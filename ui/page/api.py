"""The page's endpoints for programs: `/ask` and `/search`, which are also the MCP tools. Plain JSON in and out."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from typing import Any

import gradio as gr

from rag import Answer, Assistant, Filters, Message, PaperchatError
from ui.page.visitors import Presence

Opened = Callable[[], Assistant]
MAX_HISTORY = 40


def _filters(since: str, until: str, organisation: str, source: str) -> Filters:
    return Filters(since or None, until or None, organisation or None, None, None, source or None)


def _history(messages: Any) -> list[Message]:
    """Turns of a conversation, as far as they are well formed."""
    kept: list[Message] = []
    for message in messages[-MAX_HISTORY:] if isinstance(messages, list) else ():
        if not isinstance(message, dict):
            continue
        role, content = message.get("role"), message.get("content")
        if isinstance(content, str) and (role == "user" or role == "assistant"):
            kept.append({"role": "user" if role == "user" else "assistant", "content": content})
    return kept


def _count(k: int) -> int:
    """How many papers; whatever a program sends, it is from 1 to 100."""
    return min(max(int(k), 1), 100) if isinstance(k, (int, float)) and k == k else 10


def _fault(error: PaperchatError) -> Exception:
    return gr.Error(str(error), print_exception=False)


def _answer(assistant: Assistant, question: str, history: list[Message], filters: Filters, left: Callable[[], bool]) -> Answer:
    """The answer, given up when whoever asked has left."""
    with closing(assistant.stream(question, history, filters)) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, Answer):
                return event
            if left():
                raise gr.Error("whoever asked has left", print_exception=False)
    raise RuntimeError("a stream ends with its answer")


def endpoints(opened: Opened, presence: Presence) -> tuple[Callable[..., dict[str, Any]], Callable[..., list[dict[str, Any]]]]:
    """The two functions. Their docstrings are what a program's author, or a model, reads."""

    def ask_papers(
        question: str,
        history: list[dict[str, str]] | None = None,
        since: str = "",
        until: str = "",
        organisation: str = "",
        source: str = "",
        request: gr.Request = None,  # type: ignore[assignment]  # Gradio gives it
    ) -> dict[str, Any]:
        """Answer a question about machine-learning papers from the abstracts that are held, with checked citations.

        Use it for questions; use search_papers to get abstracts themselves.

        Args:
            question: The question in plain words, e.g. "which papers speed up dLLM decoding?". It may name dates and organisations.
            history: Earlier turns, oldest first, as {"role": "user" or "assistant", "content": text}; empty for a new conversation.
            since: Only papers published from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty: no limit.
            until: Only papers published until then, inclusive. Empty: no limit.
            organisation: Only papers listed by this organisation; several as "NVIDIA or DeepMind". Empty: any.
            source: Only papers that came from this file. Empty: any.

        Returns:
            text: the answer, its claims marked [1], [2]; citations: number, quote and paper of each;
            abstained: true when the corpus does not answer; account: what was considered.
        """
        try:
            given, filters = _history(history), _filters(since, until, organisation, source)
            answer = _answer(opened(), question, given, filters, lambda: presence.left(getattr(request, "session_hash", None)))
        except PaperchatError as error:
            raise _fault(error) from None
        return {**asdict(answer), "account": answer.account}

    def search_papers(
        question: str, k: int = 10, since: str = "", until: str = "", organisation: str = "", source: str = ""
    ) -> list[dict[str, Any]]:
        """Find the machine-learning papers nearest to a question, best first, with their whole abstracts.

        Use ask_papers for an answer with citations.

        Args:
            question: What to look for, in plain words.
            k: How many papers, 1 to 100.
            since: Only papers published from then on: YYYY, YYYY-MM or YYYY-MM-DD. Empty: no limit.
            until: Only papers published until then, inclusive. Empty: no limit.
            organisation: Only papers listed by this organisation. Empty: any.
            source: Only papers that came from this file. Empty: any.

        Returns:
            A list of {"score": higher is better, "paper": {"paper_id", "title", "abstract", "published", "organisation", "url", ...}}.
        """
        try:
            hits = opened().search(question, _count(k), _filters(since, until, organisation, source))
        except PaperchatError as error:
            raise _fault(error) from None
        return [{"score": hit.score, "paper": asdict(hit.paper)} for hit in hits]

    return ask_papers, search_papers
