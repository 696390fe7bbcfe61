"""Calls passed on by a running rtpengine, Debian's: whose voice goes where, and back to us when it must."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Need
from tests.peers.ports import address
from tests.peers.rtpengine import RtpengineDaemon
from tests.wire.house import BRIDGE, House
from tests.wire.phones import Part, Phones, media_of, phones_of, speak
from tests.wire.sipp import Sipp, until

AT = address(3, 30)
"""Where rtpengine relays."""
NUMBER = "0635"
ROUTE = """\
  - {name: 只转接, number: "0635", from: [carrier], platform: "110", to: [{trunk: police}], relay: rtpengine}
  - {name: 再转, number: "0636", from: [police], platform: "12345", to: [{agent: "8001"}], key: true}
"""


@pytest.fixture(scope="module")
def relay(need: Need, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtpengineDaemon]:
    program = need("rtpengine", debian="rtpengine-daemon")
    daemon = RtpengineDaemon(program, tmp_path_factory.mktemp("rtpengine"), AT)
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.kill()


@pytest.fixture(scope="module")
def passing_house(relay: RtpengineDaemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("passing"), more=ROUTE)
    path = house.folder / "bridge.yaml"
    text = path.read_text()
    assert "media: {" in text
    where = f'media: {{rtpengine: {{address: "{relay.at[0]}:{relay.at[1]}"}}, '
    path.write_text(text.replace("media: {", where, 1))
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(passing_house: House, relay: RtpengineDaemon) -> House:
    """With a live rtpengine that it knows to be alive."""
    if relay.process is None or relay.process.poll() is not None:
        relay.start()
    until(lambda: passing_house.metric("bridge_rtpengine_up") == 1, "rtpengine is up")
    return passing_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def _talking(phones: Phones, caller: Part, desk: Part) -> tuple[Sipp, Sipp]:
    """Caller and desk in conversation, each heard by the other, by whatever relay."""
    behind = phones.answering("desk", desk(phones.desk().rings().picks_up()))
    front = phones.calling(caller(phones.caller().connects()), NUMBER)
    speak(front)
    speak(behind)
    front.voice.hears(behind.voice)
    behind.voice.hears(front.voice)
    return front, behind


def _hosts(*phones: Sipp) -> list[str]:
    """Where the last description each got wants its voice."""
    found = []
    for phone in phones:
        told = [message for message in phone.messages("received") if "m=audio" in message]
        found.append(media_of(told[-1])[0])
    return found


def _count(house: House, how: str) -> float:
    return house.metric(f'bridge_rtpengine_calls_total{{how="{how}"}}')


def _by(house: House) -> str:
    """The name rtpengine has for the only call."""
    return f"{house.the_call()['id']}.1"


def _come_home(caller: Sipp, desk: Sipp) -> None:
    """Both are offered our own relay, one version on, and hear each other by it."""
    for phone, times in ((caller, 1), (desk, 2)):
        asked = phone.got(r"^INVITE[\s\S]*m=audio", times)
        assert media_of(asked)[0] == BRIDGE
        assert re.search(rf"^o=- \d+ 2 IN IP4 {re.escape(BRIDGE)}\r?$", asked, re.MULTILINE), asked
        phone.voice.turn(media_of(asked))
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)


def test_the_voice_goes_by_rtpengine_and_it_forgets_the_call(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    passed = _count(house, "passed")
    caller, desk = _talking(phones, lambda caller: caller.cue().bye(), lambda desk: desk.released())
    assert _hosts(caller, desk) == [AT, AT]
    offer = desk.got("^INVITE")
    assert re.search(rf"^o=- \d+ 1 IN IP4 {re.escape(BRIDGE)}\r?$", offer, re.MULTILINE), offer
    name = _by(house)
    assert relay.knows(name)
    assert _count(house, "passed") == passed + 1
    caller.cue()
    phones.done()
    until(lambda: not relay.knows(name), "rtpengine has forgotten the call")


def test_a_call_that_is_refused_leaves_nothing_behind(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().refuses(486, "Busy Here"))
    phones.calling(phones.caller().invite().optional_100().recv(180).recv(486).ack_refusal(), NUMBER)
    desk.got("^INVITE")
    name = _by(house)
    assert relay.knows(name)
    desk.cue()
    phones.done()
    until(lambda: not relay.knows(name), "rtpengine has forgotten the call")


def test_early_media_goes_by_rtpengine(phones: Phones) -> None:
    early = phones.desk().recv_invite().answer(183, "Session Progress", sdp=True).cue().picks_up().released()
    desk = phones.answering("desk", early)
    script = phones.caller().invite().optional_100().recv(183).recv(200).ack().cue().bye()
    caller = phones.calling(script, NUMBER)
    first = caller.got(r"^SIP/2.0 183[\s\S]*m=audio")
    assert media_of(first)[0] == AT
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.cue()
    answer = caller.got(r"^SIP/2.0 200[\s\S]*m=audio")
    assert answer.partition("v=0")[2] == first.partition("v=0")[2]  # RFC 3261 §13.2.1: the same answer
    speak(caller)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_without_rtpengine_the_call_is_relayed_by_us(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    relay.kill()
    before = _count(house, "fallback")
    caller, desk = _talking(phones, lambda caller: caller.cue().bye(), lambda desk: desk.released())
    assert _hosts(caller, desk) == [BRIDGE, BRIDGE]
    assert _count(house, "fallback") == before + 1
    caller.cue()
    phones.done()
    assert house.metric("bridge_rtpengine_up") == 0


def test_when_rtpengine_dies_the_voice_comes_home(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    caller, desk = _talking(
        phones,
        lambda caller: caller.reoffered().cue().bye(),
        lambda desk: desk.reoffered().released(),
    )
    assert _hosts(caller, desk) == [AT, AT]
    relay.kill()
    _come_home(caller, desk)
    assert _count(house, "home") >= 1
    caller.cue()
    phones.done()


def test_when_rtpengine_dies_while_it_rings_the_call_stands_all_the_same(
    phones: Phones, relay: RtpengineDaemon
) -> None:
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().reoffered().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), NUMBER)
    assert media_of(desk.got("^INVITE"))[0] == AT
    relay.kill()
    desk.cue()
    answer = caller.got(r"^SIP/2.0 200[\s\S]*m=audio")
    asked = desk.got(r"^INVITE[\s\S]*m=audio", 2)
    assert media_of(answer)[0] == media_of(asked)[0] == BRIDGE
    caller.voice.talk(media_of(answer))
    desk.voice.talk(media_of(asked))
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_when_rtpengine_was_restarted_the_voice_comes_home(phones: Phones, relay: RtpengineDaemon) -> None:
    caller, desk = _talking(
        phones, lambda caller: caller.reoffered().cue().bye(), lambda desk: desk.reoffered().released()
    )
    relay.kill()
    relay.start()
    _come_home(caller, desk)
    caller.cue()
    phones.done()


def test_a_key_over_the_api_brings_the_voice_home(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    agent = phones.answering("agent", phones.agent().rings().cue().picks_up().released())
    caller, desk = _talking(
        phones,
        lambda caller: caller.reoffered().cue().bye(),
        lambda desk: desk.reoffered().released(),
    )
    name = _by(house)
    headers = {"Idempotency-Key": f"home-{name}"}
    call = house.the_call()["id"]
    pressed = house.api.post(f"/api/v1/calls/{call}/transfers", json={"to": "0636"}, headers=headers)
    assert pressed.status_code in {200, 201, 202}, pressed.text
    _come_home(caller, desk)
    until(lambda: not relay.knows(name), "rtpengine has forgotten the call")
    agent.got("^INVITE")
    agent.cue()
    speak(agent)
    caller.voice.hears(agent.voice)
    agent.voice.hears(caller.voice)
    caller.cue()
    phones.done()


def test_hold_brings_the_voice_home_and_there_is_music(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    caller, desk = _talking(
        phones,
        lambda caller: caller.reoffered().cue().bye(),
        lambda desk: desk.cue().reinvite("sendonly").released(),
    )
    name = _by(house)
    desk.cue()
    asked = caller.got(r"^INVITE[\s\S]*m=audio")
    assert media_of(asked)[0] == BRIDGE
    caller.voice.hears_sound()
    until(lambda: not relay.knows(name), "rtpengine has forgotten the call")
    caller.cue()
    phones.done()


def test_a_desk_that_holds_as_it_answers_never_had_the_caller_by_rtpengine(phones: Phones) -> None:
    desk = phones.desk()
    held = desk.rings().answer(200, "OK", body=desk.sdp("sendonly")).recv("ACK").reoffered().released()
    behind = phones.answering("desk", held)
    caller = phones.calling(phones.caller().connects().cue().bye(), NUMBER)
    assert media_of(caller.got(r"^SIP/2.0 200[\s\S]*m=audio"))[0] == BRIDGE
    assert media_of(behind.got(r"^INVITE[\s\S]*m=audio", 2))[0] == BRIDGE
    speak(caller)
    speak(behind, r"^INVITE[\s\S]*o=- \d+ 2 ")
    behind.voice.hears(caller.voice)
    caller.voice.hears(behind.voice)
    caller.cue()
    phones.done()


def test_a_caller_without_a_law_is_ours(phones: Phones) -> None:
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    script = phones.caller()
    sdp = script.sdp(codecs="0 101").replace("a=rtpmap:8 PCMA/8000\n", "")
    caller = phones.calling(script.invite(sdp=sdp).goes_through().cue().bye(), NUMBER)
    caller.got(r"^SIP/2.0 200")
    assert _hosts(caller, desk) == [BRIDGE, BRIDGE]
    caller.cue()
    phones.done()


def test_a_supervisor_who_listens_in_brings_the_voice_home_first(
    house: House, phones: Phones, relay: RtpengineDaemon
) -> None:
    watcher = phones.answering("agent", phones.agent().rings().picks_up().released())
    caller, desk = _talking(
        phones, lambda caller: caller.reoffered().cue().bye(), lambda desk: desk.reoffered().released()
    )
    name = _by(house)
    wish = {"mode": "listen", "extension": "8001"}
    told = house.api.post(f"/api/v1/calls/{house.the_call()['id']}/monitor", json=wish)
    assert told.status_code == 202, told.text
    _come_home(caller, desk)
    speak(watcher)
    watcher.voice.hears_both(caller.voice, desk.voice)
    caller.voice.hears(desk.voice)
    until(lambda: not relay.knows(name), "rtpengine has forgotten the call")
    caller.cue()
    phones.done()
