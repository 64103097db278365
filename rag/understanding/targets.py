"""What a question asks about by name: a system ("what does Medusa do?"), or a paper by its title ("explain the ... paper")."""

import re

from rag.text import content_words, named_like

_WORD = r"[^\W_][\w.+²³/-]*(?<![.,])"
_NAME = rf"(?P<name>{_WORD}(?: (?=(?-i:[A-Z0-9])){_WORD}){{0,3}})"
_POLITE = (
    r"^(?:(?:please|ok|okay|so|hi|hello|hey|and|now|well|thanks|i(?:'ve| have)? (?:heard|read) (?:of|about)"
    r"|(?:can|could|would) you|i (?:want|would like|'d like) to know|do you know)[ ,.:!]+)*"
)
_TOLD = (
    r"(?:explain|describe|define|summari[sz]e|introduce|outline|(?:tell|teach|inform) (?:me|us) (?:\w+ )?(?:of|about)|(?:more|all|details?"
    r"|info\w*|facts|the (?:details?|results?|idea|gist|point|summary|contributions?|method)|(?:a|the) (?:short |brief )?(?:summary"
    r"|overview|description|explanation)|what (?:are|is) the (?:details?|results?|idea|gist|point|contributions?"
    r"|method))(?: of| about| on| behind)"
    r"|give (?:me|us) (?:the |a |some )?(?:\w+ )?(?:details|summary|overview|results|idea|gist|information)(?: of| about| on| behind))"
)
_FORMS = (
    rf"{_POLITE}(?:{_TOLD}) (?:the )?{_NAME}(?: (?:to|for) (?:me|us))?(?: (?:paper|system|method|model|approach))?(?: please)?\W*$",
    rf"{_POLITE}what(?:'s| is| are| was)(?: exactly)? (?:the )?{_NAME}(?: (?:about|for|used for|good for|exactly|again"
    r"|doing|like|all about|capable of|anyway))?(?: (?:paper|system|method|model|approach)(?: about)?)?\W*$",
    rf"\b(?:what(?: [\w-]+){{0,2}}|how|why|where|when|which \w+|by how much|how \w+(?: \w+)?) (?:(?:does|do|did|can|could|has"
    rf"|have) (?:the )?|(?:is|are|was) (?:the (?=(?-i:\w*[A-Z0-9])))?){_NAME}\b"
    r"(?! (?:of|on|in|for|and|or|with|papers?)\b)",
    rf"^(?:which|what) (?:paper|work|study)(?: here)? (?:introduc|propos|present|invent|develop|describ)\w* (?:the )?{_NAME}\W*$",
    rf"\b(?:speed-?ups?|accuracy|size|results?|throughput|latency|performance|savings?|parameters|idea) (?:of|behind"
    rf"|by|with) (?:the )?{_NAME}\W*$",
    rf"^{_NAME}\W*$",
    rf"^i(?:'ve| have)? (?:heard|read) (?:of|about) (?:the )?{_NAME}[,.;:]",
)
_ASKING = re.compile(r"(?:explain|describe|define|summari[sz]e|outline|introduce|compare|show|list|tell|give|find)", re.IGNORECASE)
_SUBJECT = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _FORMS)


def name_asked(text: str) -> str:
    """What a question is about, where its subject is one word, or several with capitals; empty elsewhere."""
    text = text.strip()
    found = (match["name"] for pattern in _SUBJECT if (match := pattern.search(text)))
    return next((name for name in found if content_words(name) and not _ASKING.fullmatch(name)), "")


def typed_as_name(text: str, name: str) -> bool:
    """Whether a name is written as one: with a capital that does not begin the turn, or capitals within."""
    return bool(named_like(name)) or (name[:1].isupper() and not text.lstrip(" \"'“").startswith(name))


_DEFINES = re.compile(
    rf"{_POLITE}(?:(?:what(?: exactly)?(?:'s| is| are)(?: exactly| actually)?|define|describe|explain(?: to me)?"
    r") (?:an? |the (?:idea|concept"
    r"|notion|meaning|definition) of (?:an? )?)?(?P<what>[\w-]+(?: (?:of |in |for )?[\w-]+){0,3}?)(?: (?:exactly|actually))?"
    r"|(?:what(?: exactly)? does|what do) (?:an? )?(?P<what3>[\w-]+(?: [\w-]+){0,2}) (?:mean|stand for)"
    r"|(?:the )?(?:definition|meaning) of (?P<what2>[\w-]+(?: (?:of )?[\w-]+){0,3}))(?: please| (?:to|for) me| briefly| shortly"
    r"| quickly| simply| in (?:a |your |some )?(?:\w+ )?(?:words?|sentences?|terms|lines?|english))*\W*$",
    re.IGNORECASE,
)
_NO_TOPIC = re.compile(
    r"\b(?:the|this|that|these|those|it|they|new|newest|latest|best|worst|main|most|your|my|our|papers?|works"
    r"|methods?|approaches|benchmarks?"
    r"|datasets?|surveys?|topics?|differences?|advantages?|known|here|you|there|some|good|common|typical|different"
    r"|going|wrong|title|authors?)\b",
    re.IGNORECASE,
)


def defined(text: str) -> str:
    """What a question wants defined ("what is LoRA?", "what does PEFT mean?"); empty where it asks for anything else."""
    found = _DEFINES.search(text.strip())
    what = next(filter(None, found.groups()), "") if found else ""
    return what if what and content_words(what) and not _NO_TOPIC.search(what) else ""


_THAT_MEANS = re.compile(
    r"[\s,.;:!?…-]+(?:so |and |but )*what (?:does|do|is|'s) (?:that|this|it|these)(?: thing| word| term)?"
    r"(?: (?:even|actually|really|exactly|supposed to|meant to))* (?:mean|be|stand for|about)\b[\s?.!]*$",
    re.IGNORECASE,
)


_SET_APART = re.compile(r"(?<!\w)[\"“'‘]([\w][\w -]{1,30})[\"”'’](?!\w)")
_CAPITALS = re.compile(r"\b(?!(?:AI|ML|LLMs?|NLP)\b)[A-Za-z]*[A-Z][\w-]*[A-Z]\w*")


def of_name_before(text: str) -> str:
    """The turn, as a question on the one name that it says before ("LoRA is everywhere lately, what does that even mean?")."""
    match = _THAT_MEANS.search(text)
    before = text[: match.start()] if match else ""
    names = set(_SET_APART.findall(before)) or set(_CAPITALS.findall(before))
    return f"what is {names.pop()}?" if len(names) == 1 else text


# --- titles

_SMALL = frozenset("a an the of for on in to with and or by from at as via is are was be can not no do does it its".split())
_QUOTED = re.compile(r"[\"“”«»](?P<what>[^\"“”«»]{8,})[\"“”«»]|(?<!\w)['‘](?P<what2>[^'‘’]{12,})['’](?!\w)")
_THE_PAPER = re.compile(
    r"\b(?:the|that|this) (?P<what>[^?.!]+?) paper\b(?!s)|\bthe (?:paper|article) (?:called |titled |entitled |named )(?P<what2>[^?!]+)",
    re.I,
)
_MANY = re.compile(r"\b(?:papers|works|studies|articles|methods|approaches|surveys|which paper|a paper|any paper)\b", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:is|are|was|does|do|can|you|we|all|need|it|not)\b", re.IGNORECASE)
_LEAD = re.compile(rf"{_POLITE}(?:{_TOLD}|read|find|show me|get) (?:the )?", re.IGNORECASE)
_LEAST, _LEAST_QUOTED = 4, 3


def title_asked(text: str) -> str:
    """The title of a paper that a question asks for: quoted, called a paper, or written with a title's capitals in a sentence."""
    if _MANY.search(text):
        return ""
    if (quoted := _QUOTED.search(text)) and len((what := quoted["what"] or quoted["what2"]).split()) >= _LEAST_QUOTED:
        return what.strip(" ,.")
    if (called := _THE_PAPER.search(text)) and _like_title(what := (called["what"] or called["what2"]).strip(" ,.:")):
        return what
    asks = _LEAD.match(text)
    run = _run(text[asks.end() :] if asks else text)
    whole = run == text.strip(" .,;?!")
    return run if len(run.split()) >= _LEAST and (not whole or _SPOKEN.search(run) or ": " in run) else ""


def _like_title(text: str) -> bool:
    """Whether what is called a paper is a title, not a topic: several words with capitals, or spoken ("attention is all you need")."""
    words = text.split()
    capitals = sum(word[:1].isupper() for word in words)
    return len(words) >= _LEAST_QUOTED and (capitals >= _LEAST_QUOTED or bool(_SPOKEN.search(text)))


_QUESTION_WORD = re.compile(
    r"(?:and|so|ok|okay|but|now|also|then|well|hi|hello|what|how|why|when|where|which|who|whose|does?|did|is|are|was|were|can|could|has|have|do|explain|describe"
    r"|summari[sz]e|tell|give|find)",
    re.I,
)
_PLAIN = re.compile(r"[A-Z][a-z]+(?:-[A-Z]?[a-z]+)*")
"""A word with one capital, as words of a title are; names ("LLaMA") stand in any sentence."""


def _run(text: str) -> str:
    """The longest run of words with capitals, small words between them."""
    best, now = list[str](), list[str]()
    for word in [*re.findall(r"[^\s?!\"“”]+", text), ""]:
        bare = word.strip("().,;:'’")
        if (
            bare
            and not (not now and _QUESTION_WORD.fullmatch(bare))
            and (bare[0].isupper() or bare[0].isdigit() or (now and bare.lower() in _SMALL))
        ):
            now.append(word)
            continue
        while now and now[-1].strip(".,;:").lower() in _SMALL:
            now.pop()
        if sum(bool(_PLAIN.fullmatch(one.strip("().,;:'’"))) for one in now) >= _LEAST_QUOTED:
            best = max(best, now, key=len)
        now = []
    return " ".join(best).strip(" ,.;")
