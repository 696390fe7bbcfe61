"""Documents as the database holds them: JSON without blanks, read and written by the coder pydantic brings
along, which takes half of the standard library's time or less.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json


def written(document: Any) -> str:
    """As text; what has no place in JSON (NaN) becomes null."""
    return to_json(document, inf_nan_mode="null").decode()


def read(text: str) -> Any:
    """The document again. Raises ValueError for what is none."""
    return from_json(text)
