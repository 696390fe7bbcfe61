"""Settings out of plain values, with every finding even when some parts are broken.

pydantic says what is wrong inside sections, but gives no settings to check further. So broken parts are
taken out, round by round, until the rest is whole: one misspelled key does not hide an unknown trunk ten
lines below. Only the first round's findings are told; later ones follow from the taking out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from bridge.settings import Settings
from bridge.settings.problems import Path, Problem, findings

ROUNDS: Final = 8
"""An empty list breaks its target, that its route …: our sections are five deep, and each round goes up
one.
"""


class _Numbered(list[Any]):
    """A list that remembers which place each element had before others were taken out."""

    def __init__(self, items: list[Any]) -> None:
        super().__init__(_numbered(item) for item in items)
        self.places = list(range(len(items)))

    def __delitem__(self, place: Any) -> None:
        super().__delitem__(place)
        del self.places[place]


@dataclass(frozen=True, slots=True)
class Sieved:
    """`settings`: what is whole, None if nothing could be made so. `findings`: what was wrong with the
    rest.
    """

    settings: Settings | None
    findings: list[Problem]
    _kept: Any

    def original(self, path: Path) -> Path:
        """A path in `settings` as a path in the values that came in."""
        at, found = self._kept, list[str | int]()
        for step in path:
            found.append(at.places[step] if _is_place(at, step) else step)
            at = _child(at, step)
        return tuple(found)


def sieve(data: dict[str, Any], texts: Mapping[Path, str]) -> Sieved:
    """Validate `data`. `texts`: each scalar as it stands in the file, for quoting."""
    kept: Any = _numbered(data)
    told: list[Problem] | None = None
    for _ in range(ROUNDS):
        try:
            return Sieved(Settings.model_validate(kept), told or [], kept)
        except ValidationError as wrong:
            found = findings(wrong, texts)
            told = found if told is None else told
            # From the back, so that taking out does not move what is still to be taken out.
            for item in sorted(found, key=lambda item: _order(item.path), reverse=True):
                _take_out(kept, item.path)
    return Sieved(None, told or [], kept)


def _numbered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbered(item) for key, item in value.items()}
    return _Numbered(value) if isinstance(value, list) else value


def _order(path: Path) -> list[tuple[bool, str, int]]:
    return [(True, "", step) if isinstance(step, int) else (False, step, 0) for step in path]


def _take_out(data: Any, path: Path) -> None:
    """Remove the value at `path`; where there is none (a missing key), what it is missing from."""
    holder, last = None, path[0]
    at = data
    for step in path:
        inner = _child(at, step)
        if inner is None and not _holds(at, step):
            break
        holder, last, at = at, step, inner
    if holder is not None:
        del holder[last]


def _child(at: Any, step: str | int) -> Any:
    return at[step] if _holds(at, step) else None


def _holds(at: Any, step: str | int) -> bool:
    return _is_place(at, step) or (isinstance(at, dict) and step in at)


def _is_place(at: Any, step: str | int) -> bool:
    return isinstance(at, _Numbered) and isinstance(step, int) and step < len(at)
