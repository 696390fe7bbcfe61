"""Who may do what, as a table; what concerns which platform."""

from __future__ import annotations

import pytest

from bridge.access.concerns import of_call
from bridge.access.principal import LOOPBACK, Principal
from bridge.access.roles import HOUSELESS, NAMES, ROLES, SCOPES, TABLE, Role, Scope, granted
from bridge.calls.call import Call, Transfer
from bridge.calls.parties import Party
from bridge.calls.transfer import Mode, State
from bridge.errors import MustChangePassword, NotAllowed
from bridge.frozen import replace
from bridge.routing.plan import Origin

FORBIDDEN: dict[Role, set[Scope]] = {
    "agent": {"admin", "listen", "review", "monitor", "exchange"},
    "supervisor": {"admin", "exchange"},
    "administrator": set(),
    "partner": {"admin", "read", "transfer", "listen", "personal", "tickets", "review", "monitor"},
}


def test_every_role_has_a_row_a_name_and_known_scopes() -> None:
    assert set(TABLE) == set(NAMES) == set(ROLES)
    assert all(may <= set(SCOPES) and may for may in TABLE.values())
    assert frozenset({"administrator"}) == HOUSELESS


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_may_and_may_not(role: Role) -> None:
    refused = {scope for scope in SCOPES if not granted(TABLE[role], scope)}
    assert refused == FORBIDDEN[role]


def test_any_of_the_wanted_scopes_will_do_and_admin_stands_for_all() -> None:
    assert granted(frozenset({"review"}), "transfer", "review")
    assert not granted(frozenset({"read"}), "transfer", "review")
    assert all(granted(frozenset({"admin"}), scope) for scope in SCOPES)
    assert all(LOOPBACK.has(scope) for scope in SCOPES)


def test_a_principal_without_the_scope_or_before_changing_the_password_is_refused() -> None:
    with pytest.raises(NotAllowed, match="listen"):
        Principal("x", "d", frozenset({"read"})).needs("listen")
    new = Principal("x", "d", frozenset({"admin"}), must_change=True)
    assert not new.has("read")
    with pytest.raises(MustChangePassword):
        new.needs("read")


def test_of_one_platform_only_what_concerns_it_is_seen() -> None:
    of_110 = Principal("x", "d", frozenset({"read"}), "110")
    assert of_110.sees({"12345", "110"})
    assert not of_110.sees({"12345"})
    assert not of_110.sees(())
    assert Principal("x", "d", frozenset({"read"})).sees(())


def test_a_call_concerns_its_home_its_people_and_where_it_is_transferred() -> None:
    caller = Party("in", "caller", "caller", "13800001111", Origin("trunk", "carrier"))
    agent = Party("a", "attendant", "12345", "8001", Origin("agent", "8001"), up=True)
    call = Call("c", "12345", "12345", "r", (caller, agent), (), ())
    homes = {Origin("agent", "8001"): "12345", Origin("trunk", "police"): "110"}
    assert of_call(call, homes.get) == {"12345"}
    target = ("i", "119", "119", "r", Mode("direct"), State("dialling"), "a", "far", (), "api", 0.0)
    moved = replace(call, transfers=(Transfer("t", *target),))
    assert of_call(moved, homes.get) == {"12345", "119"}
    from_110 = Party("in", "caller", "caller", "", Origin("trunk", "police"))
    assert of_call(Call("c", "12345", "12345", "r", (from_110,), (), ()), homes.get) == {"12345", "110"}
