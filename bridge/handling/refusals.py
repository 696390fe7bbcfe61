"""Why a letter was refused, in one Chinese sentence for whoever wrote it. Pure."""

from __future__ import annotations

from bridge.errors import BadSignature, DeedNotNow
from bridge.handling.words import DEED_NAMES

_NAMES: dict[str, str] = dict(DEED_NAMES.items())


def refusal(wrong: Exception) -> str:
    """What to set right, or what is allowed instead."""
    if isinstance(wrong, BadSignature):
        return f"签名不对（{wrong.why}）"
    if isinstance(wrong, DeedNotNow) and wrong.allowed:
        return f"{wrong}；现在可以：{'、'.join(_NAMES.get(name, name) for name in wrong.allowed)}"
    return str(wrong) or type(wrong).__name__
