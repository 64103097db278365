"""Back to an earlier topic of the conversation: which exchange is meant, and what is asked of its papers."""

import re
from dataclasses import replace

from rag.index import Catalogue
from rag.text import content_words
from rag.understanding.conversation import Exchange, told
from rag.understanding.exclusions import excluded, lacking, to_judge
from rag.understanding.going_on import new_topic, subject_of
from rag.understanding.listed import ANSWERS
from rag.understanding.question import Kind, Question
from rag.understanding.references import positions, without_places
from rag.understanding.rivals import rival
from rag.understanding.turn import Reading, Talk

_BACK = re.compile(
    r"^.*?\b(?:back(?: again)? to|return(?:ing)? to|revisit|coming back to|as for|regarding|concerning|about|again|of|on|from"
    r"|in) (?:the |my |your |those |our )?(?:earlier |previous )?",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\b(?:first|original|initial|start|beginning)\b(?: (?:question|topic|list|answer|papers|thing))?", re.IGNORECASE)


def asks_of_list(reading: Reading, rest: str) -> bool:
    """Whether what is left beside "your first answer" puts a condition to its papers ("does any system claim to beat Ulysses?")."""
    return bool(rival(rest)) or (not positions(rest, 99, bare=True) and len(new_topic(reading, rest).split()) > 1)


def back(reading: Reading, talk: Talk) -> Question | None:
    """An earlier list: narrowed where the turn sets a condition, told again where it does not."""
    head, _, condition = ([*re.split(r"([:;,]|\bwhich\b)", reading.rest, maxsplit=1), "", ""])[:3]
    if re.search(r"\bwhich$", reading.rest[: len(head) + 6].strip(), re.I):
        condition = f"which {condition}"
    topic = " ".join(content_words(_BACK.sub("", head)))
    found = _earlier(topic or head, talk)
    if found is None:
        return None
    ids = told(found.exchanges[-1], talk.lexical)
    then = found.then(condition) if ids and content_words(condition) else None
    if then and (then.intent == "collection" or (then.about == "items" and set(then.within or ()) <= set(ids))):
        return replace(then, asked=reading.text)  # "back to the first: when was it published?", "... how do the first two differ?"
    if ids and content_words(condition):
        said = without_places(condition)
        no, rest = excluded(said, reading.turn)
        return Question(
            reading.text, to_judge(said, rest, reading.turn),
            Kind.LIST, reading.given, within=ids, excluded=no, lacking=lacking(rest), about="narrow",
            topic=found.question.text,
        )  # fmt: skip
    filters = reading.filters.over(found.question.filters)
    return replace(found.question, asked=reading.text, within=ids or None, filters=reading.given.over(filters))


def _earlier(topic: str, talk: Talk) -> Talk | None:
    """The conversation up to the earlier exchange that a topic names."""
    steps = [talk]
    while steps[-1].earlier():
        steps.append(steps[-1].earlier())
    if _FIRST.search(topic):
        return steps[-1]
    wanted = set(talk.lexical.terms(topic))
    scores = [
        (len(wanted & _terms_of(step.exchanges[-1], talk.lexical)), len(step.told) > 1, -n, step)
        for n, step in enumerate(steps)
        if n or len(steps) == 1
    ]
    best = max(scores, key=lambda score: score[:3], default=None)
    return best[3] if best and best[0] else (steps[1] if len(steps) > 1 and not wanted else None)


def _terms_of(exchange: Exchange, lexical: Catalogue) -> set[str]:
    return set(lexical.terms(exchange.asked))


MORE = re.compile(r"\b(?:any (?:more|others?)|anything (?:else|more)|what else|(?:some )?more|others?|further|additional)\b", re.IGNORECASE)


def told_on(reading: Reading, talk: Talk) -> Talk | None:
    """The conversation up to the question that was on what a turn names, where it names nothing else."""
    terms = talk.lexical.terms
    own = {term for word in new_topic(reading, MORE.sub(" ", reading.rest)).split() for term in terms(word)}
    for _ in range(ANSWERS):
        if own and talk and talk.told and own <= set(terms(subject_of(talk).text)):
            return talk
        talk = talk.earlier()
    return None


def up_to(answer: int, talk: Talk) -> Talk | None:
    """The conversation up to one of its answers that cited papers, counted from the first (0) or from the last (-1)."""
    steps, at = list[Talk](), talk
    while at:
        steps += [at] if at.told else []
        at = at.earlier()
    steps.reverse()
    return steps[answer] if -len(steps) <= answer < len(steps) else None
