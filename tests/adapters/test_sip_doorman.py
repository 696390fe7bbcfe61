"""The doorman: who may come in, what is asked of whom, and where an extension's phone is."""

from __future__ import annotations

import hashlib
import re
from ipaddress import ip_network

import pytest

from bridge.adapters.sip_doorman import NONCE_SECONDS, Doorman, Prove, Reply
from bridge.routing.doors import STRANGER, AgentDoor, Doors, TrunkDoor, TrunkRule
from bridge.routing.registrar import Registrar
from bridge.sip.message import Address, Request
from bridge.sip.parser import parse_message

PHONE = Address("10.1.0.7", 5062)
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@pytest.fixture
def doorman() -> Doorman:
    rules = [TrunkRule("far", (ip_network("10.9.0.0/24"),)), TrunkRule("roaming", (), "shop")]
    return Doorman(
        doors=Doors(rules, ["8003"], [ip_network("10.1.0.0/16")]),
        registrar=Registrar(60, 3600),
        realm="bridge",
        algorithms=("SHA-256", "MD5"),
        passwords={"8003": "secret", "shop": "open"},
    )


def register(*headers: str, to: str = "8003", method: str = "REGISTER", count: int = 1) -> Request:
    lines = [
        f"{method} sip:bridge SIP/2.0", "Via: SIP/2.0/UDP 10.1.0.7:5062;branch=z9hG4bKx",
        f"From: <sip:{to}@bridge>;tag=1", f"To: <sip:{to}@bridge>", "Call-ID: c", f"CSeq: {count} {method}",
        *headers, "", "",
    ]  # fmt: skip
    message = parse_message("\r\n".join(lines).encode())
    assert isinstance(message, Request)
    return message


CONTACT = "Contact: <sip:8003@10.1.0.7:5062>;expires=600"


def asked(reply: object) -> list[str]:
    """The algorithms asked for, in order."""
    assert isinstance(reply, Reply | Prove)
    return [re.search(r"algorithm=([\w-]+)", value)[1] for _, value in reply.headers]  # type: ignore[index]


def proof(
    reply: Reply | Prove, name: str, user: str = "8003", password: str = "secret", method: str = "REGISTER"
) -> str:
    value = next(value for _, value in reply.headers if f"algorithm={name}" in value)
    nonce = re.search(r'nonce="([^"]+)"', value)[1]  # type: ignore[index]

    def h(text: str) -> str:
        return HASHES[name](text.encode()).hexdigest()

    response = h(f"{h(f'{user}:bridge:{password}')}:{nonce}:00000001:c0:auth:{h(f'{method}:sip:bridge')}")
    return (
        f'Authorization: Digest username="{user}", realm="bridge", nonce="{nonce}", uri="sip:bridge", '
        f'response="{response}", algorithm={name}, qop=auth, nc=00000001, cnonce="c0"'
    )


@pytest.mark.parametrize("name", ["SHA-256", "MD5"])
def test_an_extension_with_proof_is_bound_until_its_time_is_over(doorman: Doorman, name: str) -> None:
    shown = proof(doorman.register(register(CONTACT), PHONE, 1.0), name)
    assert doorman.register(register(CONTACT, shown, count=2), PHONE, 2.0).status == 200
    (binding,) = doorman.phones("8003", 3.0)
    assert binding is not None
    assert binding.source == PHONE
    assert doorman.registered(3.0) == ["8003"]
    assert doorman.who(register(method="INVITE"), PHONE, 3.0) == AgentDoor("8003")
    assert doorman.phones("8003", 700.0) == ()
    assert isinstance(doorman.who(register(method="INVITE"), PHONE, 700.0), Prove)


def test_both_algorithms_are_asked_for_the_better_first(doorman: Doorman) -> None:
    assert asked(doorman.register(register(CONTACT), PHONE, 1.0)) == ["SHA-256", "MD5"]


def test_a_phone_that_comes_again_without_proof_is_asked_for_md5_alone(doorman: Doorman) -> None:
    doorman.register(register(CONTACT), PHONE, 1.0)
    again = doorman.register(register(CONTACT, count=2), PHONE, 30.0)
    assert asked(again) == ["MD5"]
    assert doorman.register(register(CONTACT, proof(again, "MD5"), count=3), PHONE, 31.0).status == 200
    # It has answered; a restart of the same phone is a phone like any other.
    assert asked(doorman.register(register(CONTACT, count=4), PHONE, 90.0)) == ["SHA-256", "MD5"]


@pytest.mark.parametrize(("name", "then"), [("MD5", ["MD5"]), ("SHA-256", ["SHA-256", "MD5"])])
def test_when_a_nonce_grew_old_the_phone_is_asked_for_what_it_knows(
    doorman: Doorman, name: str, then: list[str]
) -> None:
    shown = proof(doorman.register(register(CONTACT), PHONE, 1.0), name)
    assert doorman.register(register(CONTACT, shown, count=2), PHONE, 2.0).status == 200
    stale = doorman.register(register(CONTACT, shown, count=3), PHONE, 2.0 + NONCE_SECONDS)
    assert (stale.status, asked(stale)) == (401, then)
    assert all("stale=true" in value for _, value in stale.headers)


def test_whoever_stayed_away_long_is_asked_anew(doorman: Doorman) -> None:
    doorman.register(register(CONTACT), PHONE, 1.0)
    late = doorman.register(register(CONTACT, count=2), PHONE, 1.0 + NONCE_SECONDS)
    assert asked(late) == ["SHA-256", "MD5"]


def test_where_md5_is_not_allowed_nothing_makes_it_so(doorman: Doorman) -> None:
    doorman.algorithms = ("SHA-256",)
    for count in (1, 2, 3):
        assert asked(doorman.register(register(CONTACT, count=count), PHONE, 1.0)) == ["SHA-256"]


@pytest.mark.parametrize(
    ("user", "password", "to"), [("8003", "wrong", "8003"), ("nobody", "secret", "8003")]
)
def test_a_wrong_proof_is_asked_for_again(doorman: Doorman, user: str, password: str, to: str) -> None:
    shown = proof(doorman.register(register(CONTACT), PHONE, 1.0), "SHA-256", user, password)
    reply = doorman.register(register(CONTACT, shown, count=2), PHONE, 1.5)
    assert (reply.status, asked(reply)) == (401, ["SHA-256", "MD5"])
    assert doorman.registered(2.0) == []


def test_nobody_gets_another_ones_extension(doorman: Doorman) -> None:
    shown = proof(doorman.register(register(CONTACT), PHONE, 1.0), "SHA-256")
    assert doorman.register(register(CONTACT, shown, to="8004", count=2), PHONE, 1.5).status == 403


def test_strangers_are_asked_nothing(doorman: Doorman) -> None:
    doorman.doors = Doors(
        [TrunkRule("far", (ip_network("10.9.0.0/24"),))], ["8003"], [ip_network("10.1.0.0/16")]
    )
    outside = Address("192.0.2.1", 5060)
    assert doorman.who(register(method="INVITE"), outside, 1.0) == STRANGER
    assert doorman.register(register(CONTACT), outside, 1.0) == Reply(403, "Forbidden")


def test_a_trunk_is_known_by_its_address_or_by_its_login(doorman: Doorman) -> None:
    assert doorman.who(register(method="INVITE"), Address("10.9.0.4", 5060), 1.0) == TrunkDoor("far")
    roaming = Address("192.0.2.1", 5060)
    asked_for = doorman.who(register(method="INVITE"), roaming, 1.0)
    assert isinstance(asked_for, Prove)
    shown = proof(asked_for, "SHA-256", "shop", "open", "INVITE")
    assert doorman.who(register(shown, method="INVITE", count=2), roaming, 1.1) == TrunkDoor("roaming")


@pytest.mark.parametrize("contact", ["Contact: <<", "Contact: <sip:8003@10.1.0.7>, , ;;"])
def test_a_contact_that_is_none_is_an_answer_not_a_fault(doorman: Doorman, contact: str) -> None:
    shown = proof(doorman.register(register(CONTACT), PHONE, 1.0), "SHA-256")
    assert doorman.register(register(contact, shown, count=2), PHONE, 1.5).status == 400
