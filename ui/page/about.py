"""What the page says of itself, to readers and to whoever runs it: how it answers, language models, the way in for programs."""

from html import escape

from rag import Config
from ui.page.access import Access


def notice_html(config: Config) -> str:
    """The line under the question box."""
    ways = '<button type="button" class="pc-link" data-action="open-about" data-part="programs">For programs</button>'
    if config.llm_model:
        said = f"Answers are written by {escape(config.llm_model)} and checked against the abstracts."
    else:
        said = (
            "Answers quote the abstracts. "
            '<button type="button" class="pc-link" data-action="open-about" data-part="model">Use a language model</button>'
        )
    return f'<p id="pc-notice"><span>{said}</span>{ways}</p>'


def about_html(config: Config, access: Access) -> str:
    """The dialog, closed until it is asked for."""
    parts = (
        ("answers", "How it answers", _ANSWERS),
        ("model", "Language models", _model(config)),
        ("programs", "For programs", _programs(access)),
    )
    body = "".join(f'<section id="pc-about-{key}"><h3 tabindex="-1">{title}</h3>{text}</section>' for key, title, text in parts)
    close = '<form method="dialog"><button class="pc-primary">Close</button></form>'
    return f'<dialog id="pc-about" aria-label="About Paperchat"><h2>About Paperchat</h2>{body}{close}</dialog>'


_ANSWERS = (
    "<p>It searches the abstracts that are held, judges which answer your question, and writes or quotes only what they say. Each "
    "claim’s number opens the abstract with the sentence marked. Your conversations stay in this browser.</p>"
    "<p>Press <kbd>/</kbd> to ask, <kbd>Esc</kbd> to close the sources.</p>"
)


def _model(config: Config) -> str:
    if config.llm_model:
        return f"<p>Answers are written by <b>{escape(config.llm_model)}</b> and checked sentence by sentence before they are shown.</p>"
    return (
        "<p>Without one, answers quote the abstracts word for word. Whoever runs this page can set one, hosted or on this machine, "
        "that speaks OpenAI’s protocol, and start it again:</p><pre>export PAPERCHAT_LLM_MODEL=...   # the model’s name\n"
        "export OPENAI_API_KEY=...        # a hosted one’s key\nexport OPENAI_BASE_URL=...       # another endpoint’s address\n"
        "paperchat serve</pre><p>Nothing is sent anywhere unless a model is set.</p>"
    )


def _programs(access: Access) -> str:
    mcp = (
        "<p>MCP clients connect to <code data-origin>/gradio_api/mcp/</code>, or start <code>paperchat mcp</code>.</p>"
        if access.mcp
        else "<p>MCP clients start <code>paperchat mcp</code>; <code>paperchat serve --mcp</code> also serves them here.</p>"
    )
    return (
        '<p>In Python:</p><pre>import rag\nprint(rag.query("which papers ...").text)</pre>'
        "<p>Over HTTP, with <code>gradio_client</code>:</p>"
        '<pre>from gradio_client import Client\nClient("<span data-origin></span>/").predict("which papers ...", api_name="/ask")</pre>'
        f"<p>The endpoints are <code>/ask</code> and <code>/search</code>.</p>{mcp}"
    )
