"""What the bot says about itself: the Home tab, help, a greeting."""

from collections import Counter
from typing import Any

from rag.assistant import Assistant
from ui.slack_blocks import context, section
from ui.slack_mrkdwn import escape
from ui.slack_split import Block

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


def home_view(assistant: Assistant) -> dict[str, Any]:
    """The Home tab: what the corpus holds, who writes the answers, how to ask."""
    papers = list(assistant.index.all_papers())
    dates = sorted(paper.published for paper in papers if paper.published)
    sources = Counter(source for paper in papers for source in paper.sources)
    held = f"*{len(papers):,} papers*"
    if dates:
        held += f", {len(dates):,} of them dated, from {escape(dates[0])} to {escape(dates[-1])}"
    listed = "; ".join(f"{escape(name[:80])}: {count:,}" for name, count in sources.most_common(_SOURCES))
    model = assistant.config.llm_model
    writer = f"Answers are written by {escape(model)} and checked against the abstracts." if model else "Answers quote the abstracts."
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Paperchat"}},
            section(f"{held}. {writer}"),
            *([context(f"From {listed}")] if listed else []),
            {"type": "divider"},
            *help_blocks(),
        ],
    }
