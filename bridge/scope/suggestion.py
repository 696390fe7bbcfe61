"""The classes of the scope lists, and what is suggested: a class that fits, with the words that say so.

Pure values. How words are found is `patterns`, what does not count `context`, how classes are weighed
`reading`, where the call should go `direction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

BOTH: Final = "both"
"""In a class's `to`: duties overlap 职责交叉, the two platforms agree on the owner."""

NOBODY: Final = "none"
"""In a class's `to`: outside both scopes; the caller is guided elsewhere with an explanation."""

URGENT_SCORE: Final = 4
"""From this score on an urgent class outranks every other: one plain word of danger, or hints that add up."""

MIN_SCORE: Final = 3
"""Below it nothing is suggested: one weak word is no reason to send a caller anywhere."""

Group = Literal["list", "line", "outside", "shared"]


@dataclass(frozen=True, slots=True)
class Category:
    """One class 事项类别.

    to: the platform it belongs to, or BOTH, or NOBODY. words: (pattern, weight 1..5; below 0 it speaks
    against). annex: which list, 0 for those that stand in none. text: the source's own. hides: phrases in
    which its words mean something else. covers: finer classes that are this one, too. explain: what to tell
    the caller when it is nobody's. leads: a line 其他热线 that takes the call itself rather than being told
    beside; within: even where the story is of these urgent classes.
    """

    id: str
    annex: int
    name: str
    to: str
    text: str
    words: tuple[tuple[str, int], ...]
    urgent: bool = False
    group: Group = "list"
    rule: str = ""
    hides: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    explain: str = ""
    leads: bool = False
    within: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A category that fits. evidence: the words as they were said, heaviest first; utterances: the id of the
    utterance each was said in; by_hand: an agent chose or accepted it."""

    id: str
    name: str
    to: str
    annex: int
    urgent: bool
    score: int
    evidence: tuple[str, ...]
    utterances: tuple[str, ...] = ()
    by_hand: bool = False


def certain(item: Suggestion) -> bool:
    """Whether the class is urgent and there is no doubt left."""
    return item.urgent and item.score >= URGENT_SCORE
