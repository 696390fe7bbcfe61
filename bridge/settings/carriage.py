"""How letters travel to a partner that can't call us: a database both sides reach, or signed files.

What may be written; the door they belong to is `partners.Tickets`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from bridge.settings.base import FilePath, NeedsSecret, Section

POSTGRESQL: Final = ("postgresql://", "postgresql+asyncpg://")
"""How the URL of a middle database begins."""


class MiddleDatabase(NeedsSecret):
    """The database both sides can reach (共建中间数据库). Its secret is its URL, for a password is in it.
    tables: whose program made the tables: ours, or the partner's, which is this program too; poll_seconds:
    how often we look although nobody told us of anything."""

    tables: Literal["ours", "theirs"] = "ours"
    db_schema: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$", alias="schema")] = "bridge_exchange"
    poll_seconds: Annotated[float, Field(ge=0.1, le=300, strict=False)] = 5.0

    @property
    def dsn(self) -> str:
        """The URL as PostgreSQL's own clients write it. Raises LookupError before the secret was handed
        in."""
        return self.secret.replace("postgresql+asyncpg://", "postgresql://", 1)


class BatchFiles(Section):
    """Signed files that somebody carries. outgoing, incoming: folders that are looked after every
    poll_seconds; without them people run `bridge batch`."""

    outgoing: FilePath | None = None
    incoming: FilePath | None = None
    poll_seconds: Annotated[float, Field(ge=0.1, le=3600, strict=False)] = 10.0

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.outgoing is None) != (self.incoming is None):
            raise ValueError(
                "outgoing 和 incoming 要一起写：回执从另一个方向回来；都不写就用 bridge batch 手工收发"
            )
        if self.outgoing is not None and self.outgoing == self.incoming:
            raise ValueError("outgoing 和 incoming 要是两个不同的文件夹")
        return self
