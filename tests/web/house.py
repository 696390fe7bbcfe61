"""The whole bridge as its administrator starts it, with people of every role who log in by name and password;
telephones as the wire tests have them."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bridge.access.roles import Role
from bridge.access.users import User
from bridge.adapters.argon2_hash import Argon2
from bridge.adapters.db import Database
from bridge.adapters.db_users import UserTable
from tests.wire.house import House

PASSWORD: Final = "东边日出西边雨道是无晴"
TOKEN: Final = "the-tests-own-token"
PEOPLE: Final[tuple[tuple[str, str, Role, str, str], ...]] = (
    ("wang", "王话务", "agent", "12345", "8001"),
    ("liu", "刘话务", "agent", "12345", "8002"),
    ("desk110", "110 接警员", "agent", "110", ""),
    ("ban", "班长", "supervisor", "12345", ""),
    ("guan", "管理员", "administrator", "", ""),
)
"""login, shown name, role, platform, extension."""


class WebHouse(House):
    """`House` whose pages ask for a log-in. blank: an SQLite file of the newest shape; more: routes, then
    sections."""

    def __init__(self, folder: Path, blank: Path, *, asr: bool = False, more: str = "") -> None:
        super().__init__(folder, asr=asr, more=more)
        shutil.copy(blank, folder / "bridge.db")
        self.api.headers["Authorization"] = f"Bearer {TOKEN}"
        self.url = f"http://127.0.0.1:{self.page}"

    async def move_in(self) -> None:
        """Everybody of PEOPLE has a log-in. Before the start."""
        database, hasher = Database(f"sqlite+aiosqlite:///{self.folder}/bridge.db"), Argon2()
        await database.start()
        try:
            table, hashed = UserTable(database), await hasher.hash(PASSWORD)
            for login, name, role, platform, extension in PEOPLE:
                at = datetime.now(UTC)
                await table.save_user(
                    User(login, name, role, platform, at, extension=extension, password=hashed)
                )
        finally:
            await hasher.stop()
            await database.stop()

    def _write(self, asr: bool, more: str, door: str) -> None:
        super()._write(asr, more, door)
        path = self.folder / "bridge.yaml"
        token = f"{{name: 测试, sha256: {hashlib.sha256(TOKEN.encode()).hexdigest()}, may: [admin]}}"
        text = path.read_text()
        assert "trust_loopback: true" in text
        path.write_text(text.replace("trust_loopback: true", f"tokens: [{token}]"))
