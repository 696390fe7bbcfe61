"""Who may do what: one table from role to rights.

Pure. A right (scope) is what a route asks for; a role is what a person is. Tokens have rights without a role.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Scope = Literal["read", "transfer", "listen", "personal", "tickets", "review", "monitor", "exchange", "admin"]
"""read: calls, captions, tickets, figures. transfer: the key, and what an agent does in a call. listen: the
sound of recordings. personal: identity card, bank card and telephone numbers whole. tickets: accept, return,
feed back, close (签收、退回、反馈、办结). review: correct transcripts, statistics and their export (质检).
monitor: listen in on calls in progress, whisper to the agent, barge in (旁听、耳语、强插). exchange: the
interface between platforms. admin: everything."""

Role = Literal["agent", "supervisor", "administrator", "partner"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
ROLES: Final[tuple[Role, ...]] = get_args(Role)

TABLE: Final[Mapping[Role, frozenset[Scope]]] = {
    "agent": frozenset({"read", "transfer", "personal", "tickets"}),
    "supervisor": frozenset({"read", "transfer", "listen", "personal", "tickets", "review", "monitor"}),
    "administrator": frozenset({"admin"}),
    "partner": frozenset({"exchange"}),
}
"""What each role may. A partner is the other platform's program or person: it meets us at the exchange only,
and sees no call."""

NAMES: Final[Mapping[Role, str]] = {
    "agent": "话务员",
    "supervisor": "班长",
    "administrator": "管理员",
    "partner": "对方平台",
}
"""As people read them."""

HOUSELESS: Final[frozenset[Role]] = frozenset({"administrator"})
"""Roles that may belong to no platform, and then see all of them."""

SEATED: Final[frozenset[Role]] = frozenset({"agent", "supervisor"})
"""Roles of people who may have a telephone: an agent's desk, a supervisor's to listen in with."""


def granted(may: frozenset[Scope], *wanted: Scope) -> bool:
    """Whether one of the wanted rights is there; admin stands for every one."""
    return "admin" in may or not may.isdisjoint(wanted)
