"""The assistant: the steps of an answer in their order, with a language model and without.

Open assistant.py first.
"""

from rag.assistant.assistant import NO_MODEL, Assistant, default_assistant

__all__ = ["NO_MODEL", "Assistant", "default_assistant"]
