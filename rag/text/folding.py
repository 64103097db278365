"""One form for texts that only look different."""

import unicodedata


def folded(text: str) -> str:
    """Text as it is indexed and asked: compatibility forms united, so that `S2FT` finds `S²FT`."""
    return unicodedata.normalize("NFKC", text)


def unaccented(text: str) -> str:
    """Text whose letters have lost their accents: `Týr` is `Tyr`."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
