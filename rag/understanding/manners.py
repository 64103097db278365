"""What is said around a question and asks nothing: sounds, politeness, for whom to explain it, that another topic begins."""

import re

_SOUNDS = re.compile(r"^(?:(?:h+m+|u+h*m+|u+h+|e+r+m*|m{2,}|a+h+|o+h+|eh|huh|phew)\b[\s,.;:!…–-]+)+(?=\w)", re.IGNORECASE)
_KIND = r"(?:kind|good|nice|gracious) (?:enough )?(?:as )?(?:to|and)"
_ASKS_FOR_ALL = re.compile(
    r"^(?P<lead>(?:(?:and|so|ok(?:ay)?|now|then|but|well|also|please)\b[ ,]+)*)"
    rf"(?:(?:would|could|will|can) you (?:please |perhaps )?be so {_KIND}"
    rf"|(?:please |do )?be so {_KIND}|(?:would|do) you mind(?= \w+ing\b)"
    r"|(?:i|we)(?:'d| would| should|'ll| will) (?:be (?:very |most |ever so )?(?:grateful|thankful|obliged|glad|happy)"
    r"|(?:really |very much |greatly )?appreciate it) if you (?:could|would|can)"
    r"|(?:i|we) (?:was|were|am|are)?(?:'m|'re)? ?(?:just )?wonder(?:ing|ed)? (?:if|whether) you (?:could|might|would|can)"
    r"|(?:would|is|might) it be possible (?:for you )?to|is it possible (?:for you )?to|(?:might|may|could"
    r"|can) i (?:please )?(?:ask|request|beg)"
    r" (?:you )?(?:to|for)|(?:i|we)(?:'d| would| should) (?:like|love) you to|kindly|pray)\s+(?=\w)",
    re.IGNORECASE,
)
_IF_YOU_LIKE = re.compile(
    r"[\s,;(]*\b(?:if you (?:please|would(?: be so kind)?|don't mind|do not mind|will|could|can)|if (?:it is|it's|that's"
    r"|that is) (?:not too"
    r" much (?:trouble|to ask)|ok(?:ay)?|alright|possible)|if (?:at all )?possible|when you have (?:a moment|time|a minute)"
    r"|at your convenience"
    r"|thanks in advance|thank you in advance|kindly)\b[\s,.!)]*(?=[?.!]*$)",
    re.IGNORECASE,
)
_FIRST_SAID = re.compile(
    r"^(?:if you (?:please|would|don't mind)|if (?:at all )?possible|if (?:it's|it is) not too much trouble"
    r"|when you have (?:a moment|time))"
    r"\s*,\s*(?=\w)",
    re.IGNORECASE,
)
_WHOM = (
    r"(?:a |an |my |the |some |complete |total |absolute )*(?:(?:\d{1,2}|five|six|ten|twelve)(?:[- ]years?(?:[- ]olds?)?)?"
    r"|child(?:ren)?|kid(?:s)?"
    r"|toddler|beginners?|newbies?|noobs?|dumm(?:y|ies)|idiots?|lay(?:man|men|person|people|woman)|novices?|non-?experts?|outsiders?"
    r"|grand(?:ma|mother|pa|father)|first[- ]years?(?: students?)?|schoolchild(?:ren)?)"
)
_PLAINLY = re.compile(
    r"[\s,;(]*(?<![\w-])(?:like|as if|as though) (?:i'm|i am|i were|i was|im) (?:[\w-]+[ ]?){1,4}?(?=[\s,.?!:;)]|$)[\s,.:;)]*"
    r"|(?<![\w-])eli ?(?:5|five)\b[\s,.:;–-]*"
    r"|[\s,;(]*\bin (?:very |really )?(?:simple|plain|easy|lay(?:man)?'?s?|everyday|non-?technical)(?:[- ](?:words|terms"
    r"|language|english))\b"
    r"[\s,.:;)]*",
    re.IGNORECASE,
)
_TO_WHOM = re.compile(
    rf"[\s,;(]*(?<![\w-])(?:(?:like|as|as if) )?(?:you would |one would )?(?:to|for) {_WHOM}(?=[\s,.?!:;)]|$)[\s,.:;)]*", re.IGNORECASE
)
_TOLD_TO = re.compile(
    r"[\s,;]*\b(?:please )?(?:explain|describe|put|teach|tell|phrase|word) (?:it|this|that)(?: (?:please|simply|briefly|gently|so))?"
    r" (?:to|for|as (?:if )?to) (?:an?|my|our|the|some) [\w-]+(?: [\w-]+){0,3}(?=\s*[,.?!;)]|\s*$)",
    re.IGNORECASE,
)
"""The hearer in a sentence of its own: "what does X mean? explain it to a biologist"."""

_TELLS = re.compile(r"\b(?:explain\w*|describe|teach|clarif\w+|put (?:it|that|this)|break \w+ down|tell me)\b", re.IGNORECASE)
_ASKS = re.compile(r"\b(?:explain\w*|describe|what|how|why|who|tell|teach|clarif\w+|is|are|does|do)\b", re.IGNORECASE)
_NEW = (
    r"(?:(?:now |and )?(?:for )?(?:some|any)thing (?:completely |entirely |totally |quite |very )?(?:else|different"
    r"|new)(?: now| entirely| altogether)?"
    r"|(?:on |to )?(?:a |an )?(?:totally |completely |entirely )?(?:new|next|different|other|another|unrelated"
    r"|separate) (?:note|question|topic|subject"
    r"|matter|thing|point)(?: now| please| altogether| entirely)?|(?:a )?change of (?:topic|subject)|(?:let's |let us "
    r"|i'd like to |i want to )?"
    r"(?:chang|switch)(?:e|ing)? ?(?:the |of )?(?:topics?|subjects?|gears)|(?:let's |let us )?mov(?:e"
    r"|ing) on(?: to (?:something else|another"
    r" (?:topic|subject)))?|unrelated|separately|off[- ]topic|(?:let's |let us )?start(?:ing)? (?:over|afresh|anew|again|from scratch))"
)
_CHANGES = re.compile(
    rf"^(?:(?:and|ok(?:ay)?|so|now|well|but|then|right|alright|great|thanks|cool|good)\b[ ,.!]+)*{_NEW}"
    r"(?:\s*(?:[:,.;–—]|-(?=\s))+|,? (?:and|then))\s*(?=\w)",
    re.IGNORECASE,
)


def changes_topic(text: str) -> bool:
    """Whether a turn says that it begins something else: "now something different: lane detection"."""
    return bool(_CHANGES.match(text))


def without_manners(text: str) -> str:
    """What a turn asks, without what is said around it; as it is where nothing else is said."""
    rest = _CHANGES.sub("", _SOUNDS.sub("", text), count=1)
    rest = _ASKS_FOR_ALL.sub(lambda asks: asks["lead"], _FIRST_SAID.sub("", rest), count=1)
    said = _IF_YOU_LIKE.sub("", rest)
    rest = said if len(said.split()) > 1 else rest
    return rest if re.search(r"\w", rest) else text


def without_hearer(text: str) -> str:
    """The turn without for whom it is to be explained ("like I'm five", "in plain words"): abstracts are quoted as they are."""
    rest = _TOLD_TO.sub(" ", text)
    rest = _PLAINLY.sub(" ", rest if re.search(r"\w", rest) else text)
    rest = _TO_WHOM.sub(" ", rest) if _TELLS.search(text) else rest
    if rest == text:
        return text
    rest = " ".join(rest.split())
    if not re.search(r"\w", rest) or re.fullmatch(
        r"\W*(?:explain|describe|please|it|that|this|me|again|now|ok)(?: (?:it|that|this|me|again|to|please))*\W*", rest, re.I
    ):
        return "explain it"
    return rest if _ASKS.search(rest) else f"explain {rest}"
