"""What the bot says about itself: the Home tab, help, a greeting."""

from collections import Counter
from typing import Any

from rag.assistant import Assistant
from ui.slack.blocks import context, section
from ui.slack.mrkdwn import escape
from ui.slack.split import Block

EXAMPLES = (
    "Which papers speed up diffusion language models?",
    "Compare LoRA and QLoRA",
    "Which papers from 2025 are about reasoning with reinforcement learning?",
)
_SOURCES = 10
HELP = (
    "*Ask the papers a question.*\n"
    "• Mention me in a channel, or write to me directly; in a thread, just go on asking.\n"
    "• `/papers which papers …` answers only to you; `/papers share which papers …` to the whole channel.\n"
    "• `/papers help` shows this."
)


def help_blocks() -> list[Block]:
    """How to ask."""
    return [section(HELP), section("For example:\n" + "\n".join(f"• {escape(example)}" for example in EXAMPLES))]


def prompts() -> list[dict[str, str]]:
    """Examples as the assistant pane's suggested prompts."""
    return [{"title": example, "message": example} for example in EXAMPLES]


class Home:
    """The Home tab: what the corpus holds, who writes the answers, how to ask. Counted anew when papers come or go."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._counted: tuple[int, list[Block]] = (-1, [])

    def view(self) -> dict[str, Any]:
        """The view as `views.publish` takes it."""
        size = len(self._assistant.index)
        if self._counted[0] != size:
            self._counted = (size, self._held())
        model = self._assistant.config.llm_model
        writer = f"Answers are written by {escape(model)} and checked against the abstracts." if model else "Answers quote the abstracts."
        header: Block = {"type": "header", "text": {"type": "plain_text", "text": "Paperchat"}}
        return {"type": "home", "blocks": [header, *self._counted[1], section(writer), {"type": "divider"}, *help_blocks()]}

    def _held(self) -> list[Block]:
        dates: list[str] = []
        sources: Counter[str] = Counter()
        for paper in self._assistant.index.all_papers():
            sources.update(paper.sources)
            if paper.published:
                dates.append(paper.published)
        held = f"*{len(self._assistant.index):,} papers*"
        if dates:
            held += f", {len(dates):,} of them dated, from {escape(min(dates))} to {escape(max(dates))}"
        listed = "; ".join(f"{escape(name[:80])}: {count:,}" for name, count in sources.most_common(_SOURCES))
        return [section(f"{held}."), *([context(f"From {listed}")] if listed else [])]
