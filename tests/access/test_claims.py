"""From the identity provider's word to a user: nobody gets in by default."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.access.claims import Mapped, user_of
from bridge.errors import LoginRefused

NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
ISSUER = "https://id.example/realms/city"
ROLES = {"chiefs": "supervisor", "desk": "agent", "root": "administrator"}
MAPPED = Mapped("groups", ROLES, "org", "", {"110", "12345"})
CLAIMS: dict[str, Any] = {
    "sub": "s-1",
    "preferred_username": "Wang.Fang",
    "name": "王芳",
    "groups": ["desk"],
    "org": "110",
}


def test_name_role_and_platform() -> None:
    user = user_of(CLAIMS, ISSUER, MAPPED, NOW)
    assert (user.login, user.name, user.role, user.platform) == (
        "wang.fang@id.example",
        "王芳",
        "agent",
        "110",
    )
    assert user.subject == f"{ISSUER} s-1"
    assert (user.password, user.must_change) == ("", False)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["desk", "chiefs"], "supervisor"), (["root", "desk"], "administrator"), ("desk", "agent")],
)
def test_of_several_roles_the_one_that_may_most(groups: Any, role: str) -> None:
    assert user_of({**CLAIMS, "groups": groups}, ISSUER, MAPPED, NOW).role == role


def test_a_claim_within_a_claim() -> None:
    deep = replace(MAPPED, role_claim="realm_access.roles")
    claims = {**CLAIMS, "realm_access": {"roles": ["chiefs"]}}
    assert user_of(claims, ISSUER, deep, NOW).role == "supervisor"
    dotted = replace(MAPPED, role_claim="https://x.example/roles")
    assert user_of({**CLAIMS, "https://x.example/roles": "desk"}, ISSUER, dotted, NOW).role == "agent"


def test_everybody_of_one_platform_where_the_provider_knows_none() -> None:
    fixed = replace(MAPPED, platform_claim=None, platform="12345")
    assert user_of({**CLAIMS, "org": "110"}, ISSUER, fixed, NOW).platform == "12345"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"groups": ["strangers"]}, "角色"), ({"groups": None}, "角色"), ({"groups": {"desk": 1}}, "角色"),
        ({"groups": [["desk"]]}, "角色"), ({"org": "119"}, "平台"), ({"org": None}, "平台"),
        ({"org": ["110", "12345"]}, "平台"), ({"sub": ""}, "sub"), ({"sub": 7}, "sub"),
        ({"sub": "x" * 300}, "sub"),
    ],
)  # fmt: skip
def test_without_role_platform_or_subject_nobody_comes_in(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(LoginRefused, match=why):
        user_of({**CLAIMS, **changed}, ISSUER, MAPPED, NOW)


def test_an_administrator_needs_no_platform_and_odd_names_are_left_out() -> None:
    claims = {"sub": "s-2", "groups": ["root"], "name": "a\nb", "preferred_username": 7}
    user = user_of(claims, ISSUER, MAPPED, NOW)
    assert (user.role, user.platform, user.name, user.login) == ("administrator", "", "s-2", "s-2@id.example")
