"""Verification: text -> checked text: what a model wrote is shown only where the cited paper supports it.

Open verify.py first.
"""

from rag.verification.figures import numbers
from rag.verification.numbering import markers
from rag.verification.remarks import harmless
from rag.verification.stream import MAX_UNIT
from rag.verification.support import Support
from rag.verification.verify import Verifier
from rag.verification.words import Stem

__all__ = ["MAX_UNIT", "Stem", "Support", "Verifier", "harmless", "markers", "numbers"]
