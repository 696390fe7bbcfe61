"""Who may come in, as the administrator's page reads it: users, log-ins that last, tokens. Never a hash."""

from __future__ import annotations

from typing import Any

from bridge.access.roles import NAMES
from bridge.access.users import AccessToken, Session, User, handle, holds
from bridge.app.house import House
from bridge.clock import Clock
from bridge.errors import NoSuchSession
from bridge.services.who_is_who import WhoIsWho

Json = dict[str, Any]


class UserBook:
    """book: users and tokens of the database; the house: tokens of the configuration."""

    def __init__(self, house: House, book: WhoIsWho, clock: Clock) -> None:
        self._house, self._book, self._clock = house, book, clock

    def users(self) -> Json:
        """Each by name, users with their log-ins, the latest used first."""
        known = self._book.everybody()
        sessions = sorted(known.sessions, key=lambda each: each.seen_at, reverse=True)
        users = sorted(known.users, key=lambda each: each.login)
        tokens = sorted(known.tokens, key=lambda each: each.name)
        return {
            "users": [_user(each, [one for one in sessions if one.user == each.login]) for each in users],
            "tokens": [*self._configured(), *(self._token(each) for each in tokens)],
        }

    async def end(self, session: str) -> str:
        """Whose log-in it was. Raises NoSuchSession."""
        found = await self._book.end(session)
        if found is None:
            raise NoSuchSession(session)
        return found.user

    def _configured(self) -> list[Json]:
        return [
            {
                "name": token.name, "may": sorted(token.may), "platform": token.platform or "",
                "from": "configuration", "state": "good", "made_at": None, "ends_at": None,
            }
            for token in self._house.settings.api.tokens
        ]  # fmt: skip

    def _token(self, token: AccessToken) -> Json:
        good = holds(token, self._clock.wall())
        return {
            "name": token.name,
            "may": sorted(token.may),
            "platform": token.platform,
            "from": "database",
            "state": "good" if good else "revoked" if token.revoked else "expired",
            "made_at": token.made_at.isoformat(),
            "ends_at": token.ends_at and token.ends_at.isoformat(),
        }


def _user(user: User, sessions: list[Session]) -> Json:
    state = "disabled" if user.disabled else "must-change" if user.must_change else "good"
    return {
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "role_name": NAMES[user.role],
        "platform": user.platform,
        "extension": user.extension,
        "by": "provider" if user.subject else "password",
        "state": state,
        "sessions": [
            {"id": handle(each), "opened_at": each.opened_at.isoformat(), "seen_at": each.seen_at.isoformat()}
            for each in sessions
        ],
    }
