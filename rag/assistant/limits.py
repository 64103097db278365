"""What keeps a paper out of an answer: what the question excludes, what a filter cannot judge, what was told before."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from corpus import Paper
from rag.filters import Filters
from rag.generation import is_survey, titled
from rag.index import Catalogue
from rag.relevance import Judgement
from rag.text import content_words, split_sentences
from rag.understanding import Kind, Question, falls_on, subject

_FREE = r"(?:free|less)\b"
_OWN = re.compile(
    r"\b(?:we|our|ours)\b|\bthis (?:paper|work|study|survey|article|review|report)\b|\b(?:proposed|introduces?|presents?|proposes?"
    r"|employs|adopts|leverages|utili[sz]es"
    r"|surveys?|reviews?|covers?)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"\b(?:without|instead of|rather than|unlike|alternatives? to|than|outperform\w*|beyond|compared|replac\w+|existing|limitations?|not"
    r"|avoid\w*|no longer"
    r"|eliminat\w+|surpass\w*|versus)\b",
    re.IGNORECASE,
)

_GENERAL = re.compile(
    r"(?<!language)(?<!LLM)(?: (?:modules?|methods?|models?|approach(?:es)?|techniques?|systems?|frameworks?|variants?|tasks?"
    r"|applications?|settings?|scenarios?"
    r"|deployments?|domains?|work|research|based))+$",
    re.IGNORECASE,
)
_FURTHER = re.compile(r"^(?:(?:separate|additional|extra|external|dedicated|auxiliary|further|explicit|own|second)\s+)+", re.IGNORECASE)
_NEAREST = 3
_X_OF = re.compile(r"(\w{4,}?)s?[ -]of[ -]\w+$", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][a-z]?[\w-]*[A-Z][\w-]*")

_A_SURVEY = re.compile(
    r"\b(?:an?|any|the|some|which|recent|good|there|no|of|have|know) (?:\w+ )?(?:surveys?|reviews?|survey (?:papers?|articles?)"
    r"|review (?:papers?"
    r"|articles?))\b(?! (?:text|data|sentiment))|^(?:surveys?|reviews?|survey papers?) (?:of|on|about)\b",
    re.IGNORECASE,
)
_SURVEYS = re.compile(r"(?:surveys?|reviews?|overviews?)(?: (?:papers?|articles?))?", re.IGNORECASE)
_REVIEWS = re.compile(
    r"(?:(?:the|any|all|mere|pure|literature|systematic|existing|whole|other) )*(?:surveys?|reviews?|overviews?|meta-?analys[ei]s)"
    r"(?: (?:papers?|articles?|studies|works?))?",
    re.IGNORECASE,
)
"""A kind of paper, not a topic: what a paper is by its title or its own word."""

_LINKED_CODE = re.compile(
    r"(?:(?:any|an?|the|public|released?|open|source|accompanying|linked) )*(?:code|repo(?:sitor(?:y|ies))?|github)"
    r"(?: (?:links?|urls?|releases?|repo(?:sitor(?:y|ies))?|available))?",
    re.IGNORECASE,
)
"""What a record has or lacks, where no topic is asked for."""

_NO_SURVEY = "papers here are on it, but no survey is"

_AS_GOOD = 0.85
"""Share of the best probability from which on another paper is as good an answer."""

_GENERAL_WORD = 0.25
"""A word in more of all papers than this says little of a topic."""

Terms = Callable[[str], list[str]]
Called = Mapping[str, tuple[str, ...]]


def excluded(paper: Paper, question: Question, lexical: Catalogue, held: int, called: Called) -> bool:
    """Whether a paper is about what the question excludes: its title says it, or its abstract more than in passing.

    `called` tells what else a phrase is called ("LoRA", "low-rank adaptation"): each counts.
    Of what is set against the rest ("languages other than English") only a title tells: abstracts on the others speak of it, too.
    """
    terms = lexical.terms
    alone = question.within is None and not subject(
        question.text
    )  # nothing else is asked for: then one mention tells what a paper is about
    if any(_REVIEWS.fullmatch(bare(phrase)) for phrase in (*question.excluded, *question.lacking)) and is_survey(paper):
        return True
    listed = alone or question.kind is Kind.METADATA
    if listed and any(_LINKED_CODE.fullmatch(phrase) for phrase in (*question.excluded, *question.lacking)):
        return bool(paper.code_urls)  # "of August 2025 and without any code link"
    for excludes in question.excluded:
        for phrase in () if spared(paper, excludes, called) else called[excludes]:
            if _of_it(phrase, paper) or _titled(phrase, paper, terms) or _of_its_kind(phrase, paper):
                return True
            if alone and _said(phrase, paper, terms):
                return True
            if not contrasted(excludes, question) and (_about(phrase, paper, terms) or _often(phrase, paper, terms)):
                return True
    lacking = (name for phrase in question.lacking for name in called[phrase])
    return any(_needs(_FURTHER.sub("", name), paper, terms, lexical.document_frequency, held) for name in lacking)


def spared(paper: Paper, excludes: str, called: Called) -> bool:
    """Whether a paper says that it does without what is excluded ("that does not rely on LoRA")."""
    return any(does_without(phrase, paper) for phrase in called[excludes])


def only_set_off(paper: Paper, excludes: str, called: Called) -> bool:
    """Whether a paper names what is excluded only to set itself off from it: "less competitive than diffusion models"."""
    phrases = called[excludes]
    spelt = (r"\W+".join(re.escape(word.rstrip("s")) + r"\w*" for word in re.split(r"[\s-]+", phrase)) for phrase in phrases)
    named = re.compile("|".join(spelt), re.IGNORECASE)
    said = [sentence for sentence in split_sentences(paper.abstract) if named.search(sentence)]
    return bool(said) and not named.search(paper.title) and all(_AGAINST.search(sentence) for sentence in said)


def contrasted(phrase: str, question: Question) -> bool:
    """Whether a question's own text keeps what it excludes, because it tells what is wanted."""
    return phrase in question.text


def bare(phrase: str) -> str:
    """The phrase without the general words at its end: papers on "LoRA modules" are those on LoRA."""
    return _GENERAL.sub("", phrase) or phrase


def _of_it(phrase: str, paper: Paper) -> bool:
    """Whether a paper is of an excluded year or organisation, or its title has an excluded name within another ("LoRAMoE")."""
    on_the_day = falls_on(paper.published or "", phrase)
    if on_the_day is not None:
        return on_the_day
    if paper.organisation and phrase.casefold() in paper.organisation.casefold().split(" "):
        return True
    return bool(_NAME.fullmatch(phrase)) and phrase in paper.title


def _of_its_kind(phrase: str, paper: Paper) -> bool:
    """Whether a title coins a name after an excluded one: "Mixture-of-LoRAs" is a mixture of experts."""
    match = _X_OF.match(phrase)
    return match is not None and bool(re.search(rf"\b{re.escape(match[1])}s?-of-\w", paper.title, re.IGNORECASE))


def _titled(phrase: str, paper: Paper, terms: Terms) -> bool:
    """Whether a title names something, and not to set itself off from it."""
    wanted, titled = set(terms(phrase)), {*terms(paper.title), *terms(paper.title.replace("-", ""))}  # "auto-regressive"
    return bool(wanted) and wanted <= titled and not _AGAINST.search(paper.title)


def _about(phrase: str, paper: Paper, terms: Terms) -> bool:
    """Whether a paper is about something: its title names it, or a sentence on its own work does, and not to set itself off."""
    wanted = set(terms(phrase))
    if not wanted:
        return False
    if wanted <= set(terms(paper.title)):
        return _titled(phrase, paper, terms)
    return any(wanted <= set(terms(sentence)) for sentence in _own_claims(paper))


def _own_claims(paper: Paper) -> list[str]:
    """The sentences that tell what a paper does itself, and not what it sets itself off from."""
    return [sentence for sentence in split_sentences(paper.abstract) if _OWN.search(sentence) and not _AGAINST.search(sentence)]


def does_without(phrase: str, paper: Paper) -> str:
    """The sentence of an abstract that says that it does without something ("training-free"); empty where none does."""
    words = [re.escape(word.lower()) for word in phrase.split()]
    words[-1] = re.sub(r"(?:ing|s)$", "", words[-1]) + r"\w*"
    if "train" in words[-1]:
        words[-1] = r"(?:(?:re-?|post-?|pre-?)?train\w*|fine-?tun\w*)"
    name = r"[\W_]+".join(words)
    between = (
        r"(?:(?:any|additional|extra|further|more|the|a|an|need|needs|needing|for|to|require|requires|requiring|of|task-specific"
        r"|use|using|rely on|relying on|depend on|depending on|employ|employing|involve|involving)\s+)*"
    )
    says = rf"\b{name}[- ]{_FREE}|\b(?:without|no|not|n't|eliminat\w+|avoid\w*|obviat\w+|free of|zero)\s+{between}{name}\b"
    return next((sentence for sentence in split_sentences(paper.abstract) if re.search(says, sentence, re.IGNORECASE)), "")


def _often(phrase: str, paper: Paper, terms: Terms) -> bool:
    """Whether two sentences speak of something, and not to set themselves off from it."""
    wanted = set(terms(phrase))
    sentences = (s for s in split_sentences(paper.abstract) if not _AGAINST.search(s))
    return bool(wanted) and sum(wanted <= set(terms(sentence)) for sentence in sentences) > 1


def _said(phrase: str, paper: Paper, terms: Terms) -> bool:
    """Whether a sentence speaks of something, by itself or as a part of a name ("LLM" in "MLLMs")."""
    if _NAME.fullmatch(phrase) and phrase in f"{paper.title} {paper.abstract}":
        return True
    wanted = set(terms(phrase))
    return bool(wanted) and any(wanted <= set(terms(sentence)) for sentence in split_sentences(paper.abstract))


def _needs(phrase: str, paper: Paper, terms: Terms, frequency: Callable[[str], int], held: int) -> bool:
    """Whether a method uses what it was to do without; a word that most abstracts use tells nothing."""
    if _TRAINING.fullmatch(phrase):
        return _trains(paper) and not does_without(phrase, paper)
    wanted = terms(phrase)
    if not wanted or min(frequency(stem) for stem in wanted) > held * 0.25:
        return False
    if does_without(phrase, paper):
        return False
    return _of_it(phrase, paper) or _about(phrase, paper, terms)


_TRAINING = re.compile(
    r"(?:(?:\w+[- ])?(?:re|pre|post)?-?training|(?:\w+ )?fine-?tuning)(?: (?:at all|phase|stage|step|run)s?)?", re.IGNORECASE
)
_TRAINS = re.compile(
    r"\b(?:co-?)?train(?:s|ed|ing)?\b(?!-free| (?:data|sets?|corpora|corpus|time|and test|dynamics))|\bfine-?tun(?:es?|ing)\b(?!-free)",
    re.I,
)
_TRAINING_TITLE = re.compile(r"\b\w*(?:train|fine-?tun)ing\b", re.IGNORECASE)


def _trains(paper: Paper) -> bool:
    """Whether a paper says of its own work that something is trained, which most abstracts have a word for."""
    titled = _TRAINING_TITLE.search(paper.title) and not _AGAINST.search(paper.title)
    return bool(titled) or any(_TRAINS.search(sentence) for sentence in _own_claims(paper))


def unknown(paper: Paper, filters: Filters) -> bool:
    """Whether a paper lacks what the filters ask about."""
    if (filters.since or filters.until) and not paper.published:
        return True
    if (filters.min_authors is not None or filters.max_authors is not None) and paper.author_count is None:
        return True
    return bool(filters.organisation) and not paper.organisation


def undated_text(undated: Sequence[Paper], filters: Filters) -> str:
    if not undated:
        return ""
    what = "undated" if filters.since or filters.until else "without what the filter asks for"
    return f"\n\nAlso on the topic, but {what}:\n\n" + "\n".join(f"- {titled(paper)}" for paper in undated)


def others(judgement: Judgement, question: Question) -> Judgement:
    """The judgement without papers that were told of before."""
    if not question.without:
        return judgement
    relevant, near = (
        [v for v in group if v.paper.paper_id not in question.without] for group in (judgement.relevant, judgement.borderline)
    )
    return replace(judgement, relevant=tuple(relevant), borderline=tuple(near))


def with_topic(judgement: Judgement, question: Question, lexical: Catalogue) -> Judgement:
    """The judgement without papers that have no telling word of the topic before, of which a turn asks a part ("and for speech?")."""
    stems = set(lexical.terms(" ".join(content_words(question.must))))
    wanted = {stem for stem in stems if lexical.document_frequency(stem) <= len(lexical) * _GENERAL_WORD} or stems
    if not wanted:
        return judgement
    relevant, near = (
        tuple(v for v in group if wanted & set(lexical.terms(f"{v.paper.title} {v.paper.abstract}")))
        for group in (judgement.relevant, judgement.borderline)
    )
    if relevant:
        return replace(judgement, relevant=relevant, borderline=near)
    nearest = tuple(verdict.paper for verdict in judgement.relevant[:_NEAREST]) or judgement.nearest
    return replace(judgement, relevant=(), borderline=near, nearest=nearest, halves=(), reason=_joins_none(question, lexical))


def _joins_none(question: Question, lexical: Catalogue) -> str:
    asked, must = question.text.strip(" ?.!"), question.must.strip(" ?.!")
    named = set(lexical.terms(must)) & set(lexical.terms(asked))
    return f"no paper here is on “{asked}”" if named else f"no paper here is on both “{must}” and “{asked}”"


def the_one(judgement: Judgement) -> Judgement:
    """The judgement where one paper is asked for: the most probable, with those about as probable."""
    if not judgement.relevant:
        return judgement
    least = max(verdict.relevance for verdict in judgement.relevant) * _AS_GOOD
    kept = tuple(verdict for verdict in judgement.relevant if verdict.relevance >= least)
    return replace(judgement, relevant=kept, borderline=(*(v for v in judgement.relevant if v not in kept), *judgement.borderline))


def asked_for_surveys(judgement: Judgement, question: Question) -> Judgement:
    """The judgement where surveys of a topic are asked for: other papers on it are no answer, but near."""
    if not _A_SURVEY.search(question.text):
        return judgement
    on_topic = next((half.papers for half in judgement.halves if not _SURVEYS.fullmatch(half.words)), ())
    if on_topic and any(_SURVEYS.fullmatch(half.words) for half in judgement.halves):
        return replace(judgement, nearest=on_topic, halves=(), reason=_NO_SURVEY)
    if not judgement.relevant:
        return judgement
    groups = (tuple(v for v in group if is_survey(v.paper)) for group in (judgement.relevant, judgement.borderline))
    surveys = next(filter(None, groups), ())
    if surveys:
        return replace(judgement, relevant=surveys, borderline=tuple(v for v in judgement.relevant if v not in surveys))
    nearest = tuple(verdict.paper for verdict in judgement.relevant[:_NEAREST])
    return replace(judgement, relevant=(), borderline=(), nearest=nearest, reason=_NO_SURVEY)


_SURVEY_WORDS = frozenset("survey surveys review reviews overview overviews".split())
_BESIDE = _SURVEY_WORDS | frozenset("article articles paper papers literature systematic please and or hold held have".split())


def only_surveys(text: str) -> bool:
    """Whether surveys are asked for, on whatever."""
    words = {word.strip("?.!,;").lower() for word in subject(text).split()} - {""}
    return bool(words & _SURVEY_WORDS) and words <= _BESIDE
