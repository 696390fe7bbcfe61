"""Who is let in: strangers, agents who register, and agents whose phone is gone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import pytest

from tests.wire.house import CARRIER, HOMELESS, PHONES, House
from tests.wire.phones import Phones
from tests.wire.raw import Raw, header, status

Open = Callable[[str], Raw]
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def register(phone: Raw, *more: str, user: str = "8004", seconds: int = 60) -> bytes:
    """A REGISTER for this extension from this socket."""
    contact = f"Contact: <sip:{user}@{phone.host}:{phone.port}>;expires={seconds}"
    return phone.request("REGISTER", f"To: <sip:{user}@{phone.host}>", contact, *more, uri=where(phone))


def where(phone: Raw) -> str:
    """The registrar."""
    return phone.uri.replace("12345@", "")


def proof(challenge: str, user: str, password: str, uri: str, method: str = "REGISTER") -> str:
    """An Authorization header for a WWW-Authenticate value (RFC 7616 §3.4.1)."""
    fields = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    name = fields["algorithm"]

    def h(text: str) -> str:
        return HASHES[name](text.encode()).hexdigest()

    secret, what = h(f"{user}:{fields['realm']}:{password}"), h(f"{method}:{uri}")
    response = h(f"{secret}:{fields['nonce']}:00000001:c0:auth:{what}")
    return (
        f'Authorization: Digest username="{user}", realm="{fields["realm"]}", nonce="{fields["nonce"]}", '
        f'uri="{uri}", response="{response}", algorithm={name}, qop=auth, nc=00000001, cnonce="c0"'
    )


def challenges(answer: str) -> dict[str, str]:
    """WWW-Authenticate values by algorithm."""
    values = re.findall(r"^WWW-Authenticate: *(.*?)\r?$", answer, re.MULTILINE)
    return {re.search(r"algorithm=([\w-]+)", value)[1]: value for value in values}  # type: ignore[index]


def log_in(phone: Raw, user: str, password: str, algorithm: str = "SHA-256", seconds: int = 60) -> str:
    """Register with proof; the answer."""
    asked = phone.ask(register(phone, user=user))
    assert status(asked) == 401
    shown = proof(challenges(asked)[algorithm], user, password, where(phone))
    return phone.ask(register(phone, shown, user=user, seconds=seconds))


@pytest.fixture
def phone(raw: Open) -> Raw:
    """A socket in the agents' network."""
    return raw(PHONES)


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
def test_a_stranger_is_turned_away_without_being_asked_for_a_password(
    house: House, raw: Open, method: str
) -> None:
    stranger = raw(HOMELESS)
    before = house.metric('bridge_sip_refused_total{why="unknown-network"}')
    answer = stranger.ask(stranger.request(method))
    assert status(answer) == 403
    assert challenges(answer) == {}
    assert house.metric('bridge_sip_refused_total{why="unknown-network"}') == before + 1


def test_a_trunk_is_not_a_place_to_register_from(raw: Open) -> None:
    trunk = raw(CARRIER)
    assert status(trunk.ask(trunk.request("REGISTER"))) in {401, 403}


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_phone_registers_with_either_digest(house: House, phone: Raw, algorithm: str) -> None:
    answer = log_in(phone, "8004", house.password, algorithm)
    assert status(answer) == 200
    assert f"sip:8004@{phone.host}:{phone.port}" in header(answer, "Contact")
    assert "8004" in house.api.get("/api/v1/status").json()["phones"]
    assert status(log_in(phone, "8004", house.password, algorithm, seconds=0)) == 200
    assert "8004" not in house.api.get("/api/v1/status").json()["phones"]


@pytest.mark.parametrize(("user", "right"), [("8004", False), ("9999", True), ("8001", True)])
def test_who_cannot_prove_an_extension_does_not_get_it(
    house: House, phone: Raw, user: str, right: bool
) -> None:
    answer = log_in(phone, user, house.password if right else "wrong")
    assert status(answer) in {401, 403}
    assert user not in house.api.get("/api/v1/status").json()["phones"]


def test_nobody_registers_an_extension_that_is_not_theirs(house: House, phone: Raw) -> None:
    shown = proof(challenges(phone.ask(register(phone)))["SHA-256"], "8004", house.password, where(phone))
    assert status(phone.ask(register(phone, shown, user="8005"))) == 403


def test_a_proof_is_good_once(house: House, phone: Raw) -> None:
    shown = proof(challenges(phone.ask(register(phone)))["SHA-256"], "8004", house.password, where(phone))
    assert status(phone.ask(register(phone, shown))) == 200
    assert status(phone.ask(register(phone, shown, seconds=0))) == 401
    assert status(log_in(phone, "8004", house.password, seconds=0)) == 200


def test_a_phone_whose_time_is_over_is_not_rung_any_more(house: House, phones: Phones, phone: Raw) -> None:
    assert status(log_in(phone, "8004", house.password, seconds=1)) == 200
    house.until_status(lambda now: "8004" not in now["phones"])
    phones.calling(phones.caller().invite().is_refused(480), "12304")
    phones.done()


def test_an_agent_calls_from_a_registered_phone_without_being_asked_again(house: House, phone: Raw) -> None:
    assert status(log_in(phone, "8004", house.password)) == 200
    invite = phone.request("INVITE", uri=phone.uri.replace("12345@", "404@"))
    assert status(phone.ask(invite)) == 404  # known, only the number isn't
    phone.send(invite.replace(b"INVITE", b"ACK"))
    assert status(log_in(phone, "8004", house.password, seconds=0)) == 200
    again = phone.request("INVITE")
    assert status(phone.ask(again)) == 401
    phone.send(again.replace(b"INVITE", b"ACK"))
