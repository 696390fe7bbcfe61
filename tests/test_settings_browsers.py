"""What may be written about telephones in the page, and about HTTPS."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bridge.settings import Agent, Settings, Webrtc, tables
from bridge.settings.check_browsers import agents, ports, secure
from bridge.settings.house import ApiTls
from bridge.settings.problems import Problem


def house(**parts: object) -> Settings:
    return Settings.model_validate({"platforms": {"12345": {"name": "热线"}}, **parts})


def texts(found: object) -> list[str]:
    assert not isinstance(found, Problem)
    return [each.text for each in found]  # type: ignore[attr-defined]


def test_an_agent_in_the_page_needs_no_password_and_may_have_one() -> None:
    alone = Agent(name="一", platform="12345", browser=True)
    both = Agent(name="二", platform="12345", browser=True, secret_env="X").with_secret("secret-of-two")
    assert (alone.names_secret, both.names_secret) == (False, True)
    settings = house(agents={"8001": alone, "8002": both})
    assert tables.passwords(settings) == {"8002": "secret-of-two"}, "nobody registers without a password"
    with pytest.raises(ValidationError, match="只写一个"):
        Agent(name="三", platform="12345", browser=True, trunk="pbx")
    with pytest.raises(ValidationError, match="browser: true"):
        Agent(name="四", platform="12345")


def test_a_telephone_in_the_page_needs_the_section() -> None:
    people = {"8001": {"name": "一", "platform": "12345", "browser": True}}
    assert "webrtc" in texts(agents(house(agents=people)))[0]
    assert texts(agents(house(agents=people, webrtc={}))) == []


def test_ports_and_addresses() -> None:
    assert "重叠" in texts(ports(house(webrtc={"ports": "29000-30999"})))[0]
    assert "浏览器" in texts(ports(house(webrtc={"addresses": ["127.0.0.1"]})))[0]
    assert texts(ports(house(webrtc={}))) == []
    with pytest.raises(ValidationError):
        Webrtc.model_validate({"return_seconds": 1})


@pytest.mark.parametrize(
    ("server", "says"),
    [
        ({"url": "turn:10.0.0.1:3478"}, "username"),
        ({"url": "stun:10.0.0.1", "username": "x"}, "STUN"),
        ({"url": "http://10.0.0.1"}, "url"),
    ],
)
def test_ice_servers_are_whole(server: dict[str, str], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Webrtc.model_validate({"ice_servers": [server]})


def test_browsers_elsewhere_need_https() -> None:
    plain = {"listen": "10.1.0.20:8080"}
    assert "HTTPS" in texts(secure(house(webrtc={}, api=plain)))[0]
    tls = ApiTls(certificate=Path("bridge.crt"), key=Path("bridge.key"))
    assert texts(secure(house(webrtc={}, api={**plain, "tls": tls}))) == []
    assert texts(secure(house(webrtc={}))) == []
