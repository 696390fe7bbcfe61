"""What all sections of the configuration share: strictness, tuples for lists, and secrets kept out of the
file.

The file names where a secret is; the adapter reads it and hands it in with `with_secret`. Pure.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from bridge.settings.fields import (
    Name,
)

T = TypeVar("T")
# YAML has lists only; a frozen section holds tuples. Elements stay strict.
Many = Annotated[tuple[T, ...], Field(strict=False)]
FilePath = Annotated[Path, Field(strict=False)]


class Section(BaseModel):
    """What all sections share."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_by_name=True, validate_by_alias=True
    )


class HasSecret(Section):
    """A section that names where its secret is; at most one of the two (sections that need one say so)."""

    secret_file: FilePath | None = None
    secret_env: Name | None = None
    _secret: SecretStr | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.secret_file is not None and self.secret_env is not None:
            raise ValueError("secret_file 和 secret_env 只能写一个")
        return self

    @property
    def names_secret(self) -> bool:
        """Whether a place for the secret is given."""
        return self.secret_file is not None or self.secret_env is not None

    @property
    def secret(self) -> str:
        """The secret itself. Raises LookupError if nobody has handed it in (our mistake: check first)."""
        if self._secret is None:
            raise LookupError("secret not loaded")
        return self._secret.get_secret_value()

    def with_secret(self, value: str) -> Self:
        """A copy that knows its secret."""
        copy = self.model_copy()
        copy._secret = SecretStr(value)
        return copy


class NeedsSecret(HasSecret):
    """A section that is nothing without its secret."""

    @model_validator(mode="after")
    def _some_place(self) -> Self:
        if not self.names_secret:
            raise ValueError(
                "缺密码的出处：写 secret_file: 文件 或 secret_env: 环境变量名（密码不写在本文件里）"
            )
        return self
