"""Keys go only where the signalling is encrypted, or where the administrator says so."""

from __future__ import annotations

import pytest

from bridge.adapters.sip_secrecy import Secrecy
from bridge.routing.plan import Origin, Target
from bridge.sip.sdes import PLAIN, SECRET, Shield

TRUNKS = {"carrier": "optional", "police": "required", "old": "off"}
AGENTS = {"8001": "required"}


def of(secrecy: Secrecy, name: str, transport: str) -> Shield:
    return secrecy.of_origin(Origin("trunk", name), transport)


@pytest.mark.parametrize("transport", ["tls", "wss"])
def test_over_tls_each_leg_gets_keys_of_its_own(transport: str) -> None:
    secrecy = Secrecy(TRUNKS, AGENTS)  # type: ignore[arg-type]
    one, other = of(secrecy, "carrier", transport), of(secrecy, "carrier", transport)
    assert (one.policy, len(one.secret)) == ("optional", SECRET)
    assert one.secret != other.secret
    assert of(secrecy, "old", transport) == of(secrecy, "unknown", transport) == PLAIN


@pytest.mark.parametrize("transport", ["udp", "tcp", "ws"])
def test_in_the_clear_there_are_none(transport: str) -> None:
    secrecy = Secrecy(TRUNKS, AGENTS)  # type: ignore[arg-type]
    assert of(secrecy, "carrier", transport) == Shield("optional", b"")
    assert of(secrecy, "police", transport) == Shield("required", b"")
    assert of(Secrecy(TRUNKS, over_plain=True), "police", transport).secret  # type: ignore[arg-type]


def test_an_agent_behind_an_exchange_is_protected_as_its_trunk_is() -> None:
    secrecy = Secrecy(TRUNKS, AGENTS)  # type: ignore[arg-type]
    assert secrecy.of_target(Target("agent", "8001", None, 30, 4), "tls").policy == "required"
    assert secrecy.of_target(Target("agent", "8001", "old", 30, 4), "tls") == PLAIN
    assert secrecy.of_origin(Origin("agent", "8001"), "tls").policy == "required"
    assert secrecy.of_target(Target("trunk", "110", "police", 30, 4), "tls").policy == "required"
