"""How people log in: how long a session lasts, and the identity provider that may vouch for them."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bridge.access.roles import Role
from bridge.settings.base import HasSecret, Many, Section
from bridge.settings.fields import Name

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


class SessionRules(Section):
    """idle_minutes: without use (an open page counts as use); hours: at all."""

    idle_minutes: int = Field(default=60, ge=1, le=24 * 60)
    hours: int = Field(default=12, ge=1, le=24 * 7)


class Oidc(HasSecret):
    """The identity provider (OpenID Connect). issuer: the only one believed; client_id: ours there; secret:
    ours there, none for a public client; page: our page's address as browsers see it, to which the provider
    sends them back; scopes: asked for; role_claim: where the provider says what somebody is, and `roles` what
    that is here; platform_claim: where it says whose they are (None: everybody is of `platform`)."""

    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    client_id: Name
    page: Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+$")]
    scopes: Annotated[Many[Name], Field(min_length=1)] = ("openid", "profile")
    role_claim: Name = "roles"
    roles: dict[str, Role]
    platform_claim: Name | None = None
    platform: str | None = None

    @model_validator(mode="after")
    def _safe(self) -> Self:
        for name, url in (("issuer", self.issuer), ("page", self.page)):
            if url.startswith("http:") and urlsplit(url).netloc.rpartition(":")[0] not in _LOCAL:
                raise ValueError(f"{name} 要用 https://（只有本机可以用 http://）")
        if "openid" not in self.scopes:
            raise ValueError("scopes 里要有 openid")
        if not self.roles:
            raise ValueError("roles 是空的：写明 role_claim 里的什么值是什么角色，不然谁也进不来")
        return self
