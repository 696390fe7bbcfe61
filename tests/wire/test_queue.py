"""A queue of our own between sipp's callers and agents: who is rung, what is heard, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.media.g711 import FRAME, encode
from bridge.media.relay_sounds import read_prompt
from tests.conftest import Need
from tests.peers.baresip import Baresip
from tests.peers.ports import free_tcp, free_udp
from tests.wire.house import BRIDGE, CARRIER, PHONES, House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp, until

PROMPTS = Path(__file__).parents[2] / "bridge" / "prompts"
MORE = """\
  - {name: 排队, number: "12390", from: [carrier], platform: "12345", to: [{queue: hotline}]}
  - {name: 短等, number: "12391", from: [carrier], platform: "12345", to: [{queue: short}]}
queues:
  hotline:
    agents: ["8001", "8002"]
    after_call_seconds: 0
    missed_calls: 0
    announcements: []
    announce_first_seconds: 0
    announce_every_seconds: 4
  own:
    agents: ["8003"]
  short:
    agents: ["8001"]
    max_wait_seconds: 1
    overflow: [{trunk: police, number: "110"}]
"""


@pytest.fixture(scope="module")
def queue_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("queue"), more=MORE)
    try:
        yield house.start()
    finally:
        house.stop()


@pytest.fixture
def house(queue_house: House) -> House:
    """Both agents are ready at the beginning of each test."""
    for agent in ("8001", "8002"):
        say(queue_house, agent, "ready")
    return queue_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def say(house: House, agent: str, state: str) -> None:
    """An agent takes calls, or does not, by the interface."""
    answer = house.api.put(f"/api/v1/agents/{agent}/state", json={"state": state})
    assert answer.status_code == 200, answer.text


def queue(house: House, name: str = "hotline") -> dict[str, Any]:
    found = house.api.get("/api/v1/queues").json()["queues"]
    return next(each for each in found if each["name"] == name)


def state(house: House, agent: str) -> str:
    found = house.api.get("/api/v1/queues").json()["agents"]
    return next(each["state"] for each in found if each["number"] == agent)


def hears_prompt(phone: Sipp, name: str) -> None:
    """Some of this prompt's loudest frames, as A-law has them, reach the telephone."""
    samples = read_prompt(PROMPTS / f"{name}.wav")
    frames = [encode("PCMA", samples[at : at + FRAME]) for at in range(0, len(samples) - FRAME, FRAME)]
    wanted = {frame for frame in frames if len(set(frame)) > 40}
    assert len(wanted) >= 3
    phone.voice._wait(lambda body: body in wanted, f"prompt {name}")


def waits(phones: Phones, number: str = "12390") -> Sipp:
    """A caller whom the bridge has answered while no agent is free."""
    caller = phones.calling(phones.caller().connects().cue().bye(), number)
    speak(caller)
    return caller


def test_the_agent_idle_longest_is_rung(house: House, phones: Phones) -> None:
    say(house, "8001", "paused")
    say(house, "8002", "ready")
    say(house, "8001", "ready")  # idle since now: after 8002
    for name, user in (("second", "8002"), ("agent", "8001")):
        agent = phones.answering(name, phones.agent(user).rings().picks_up().released())
        caller = waits(phones)
        agent.got("^ACK")
        assert state(house, user) == "busy"
        caller.cue()
        caller.done()
        agent.done()
        until(lambda user=user: state(house, user) == "ready", "after the call")
    phones.done()


def test_a_caller_for_whom_nobody_is_free_hears_music_and_their_place_and_is_served(
    house: House, phones: Phones
) -> None:
    say(house, "8001", "paused")
    say(house, "8002", "paused")
    first = waits(phones)
    hears_prompt(first, "queue-next")
    first.voice.hears_sound()
    second = waits(phones)
    hears_prompt(second, "queue-ahead")
    found = queue(house)
    assert (found["waiting"], [each["ahead"] for each in found["callers"]]) == (2, [0, 1])
    assert found["longest_wait"] > 0
    assert house.metric('bridge_queue_waiting{queue="hotline"}') == 2
    agent = phones.answering("agent", phones.agent().rings().picks_up().released())
    say(house, "8001", "ready")
    speak(agent)
    first.voice.hears(agent.voice)
    agent.voice.hears(first.voice)
    second.voice.hears_sound()  # who came later still waits
    first.cue()
    first.done()
    agent.done()
    say(house, "8001", "paused")
    second.cue()
    phones.done()
    today = queue(house)["today"]
    assert (today["abandoned"] >= 1, 0 < today["abandon_rate"] < 1, today["answer_rate"] > 0) == (True,) * 3


def test_whoever_waits_too_long_goes_to_another_region(house: House, phones: Phones) -> None:
    say(house, "8001", "paused")
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    caller = waits(phones, "12391")
    speak(desk)
    caller.voice.hears(desk.voice)
    desk.voice.hears(caller.voice)
    caller.cue()
    phones.done()
    assert queue(house, "short")["today"]["overflowed"] == 1


def test_where_nobody_is_left_the_caller_hears_goodbye(house: House, phones: Phones) -> None:
    say(house, "8001", "paused")
    phones.answering("desk", phones.desk().recv_invite().refuses(486, "Busy Here"))
    caller = phones.calling(phones.caller().connects().released(), "12391")
    speak(caller)
    hears_prompt(caller, "goodbye-no-agent")
    phones.done()


def test_a_caller_taken_back_goes_before_those_who_wait(house: House, phones: Phones) -> None:
    say(house, "8002", "paused")

    def leaves(agent: Script) -> Script:
        return agent.presses("110").notified().bye()

    desk = phones.answering("desk", phones.desk().rings().cue().refuses(486, "Busy Here"))
    first, agent = phones.talking(caller=lambda caller: caller.cue().bye(), agent=leaves, number="12390")
    second = waits(phones)
    until(lambda: queue(house)["waiting"] == 1, "the second waits")
    agent.cue()
    agent.got("^NOTIFY", 2)
    say(house, "8001", "paused")
    agent.done()
    desk.cue()
    until(lambda: [each["recalled"] for each in queue(house)["callers"]] == [True, False], "taken back first")
    first.voice.hears_sound()
    again = phones.answering("agent-again", phones.agent().rings().picks_up().released())
    say(house, "8001", "ready")
    speak(again)
    first.voice.hears(again.voice)
    say(house, "8001", "paused")
    first.cue()
    again.done()
    second.cue()
    phones.done()


@pytest.fixture
def baresip(house: House, need: Need, tmp_path: Path) -> Iterator[Baresip]:
    """Agent 8003's telephone, registered."""
    program = need("baresip", debian="baresip-core")
    folder = tmp_path / "baresip"
    folder.mkdir()
    at, registrar = (PHONES, free_udp(PHONES)), f"{BRIDGE}:{house.sip}"
    phone = Baresip(program, folder, at, free_tcp(), registrar, "8003", house.password)
    try:
        phone.register()
        yield phone
    finally:
        phone.stop()


@pytest.mark.parametrize(("code", "becomes"), [("*90%23", "paused"), ("*91%23", "ready")])
def test_an_agents_telephone_says_whether_they_take_calls(
    house: House, phones: Phones, baresip: Baresip, code: str, becomes: str
) -> None:
    say(house, "8003", "ready" if becomes == "paused" else "paused")
    baresip.order("dial", f"sip:{code}@{BRIDGE}:{house.sip}")
    baresip.wait("CALL_ESTABLISHED")
    baresip.wait("CALL_CLOSED")  # after the word that says so
    until(lambda: state(house, "8003") == becomes, becomes)
    phones.done()


# --- callers who are gone before anybody spoke with them ----------------------------------------------------


def gone(house: House) -> list[dict[str, Any]]:
    """The records, newest first."""
    found: list[dict[str, Any]] = house.api.get("/api/v1/abandoned").json()["abandoned"]
    return found


def task(house: House, number: str, what: str = "") -> dict[str, Any]:
    """The number's only task in that state, {} for none."""
    found = house.api.get("/api/v1/callbacks", params={"state": what} if what else {}).json()["callbacks"]
    mine = [each for each in found if each["number"] == number]
    assert len(mine) <= 1
    return mine[0] if mine else {}


def test_a_caller_who_gives_up_is_kept_and_called_back_once(house: House, phones: Phones) -> None:
    before = len(gone(house))
    script = Script(phones.voice(CARRIER), called=False, user="13906357777")
    agent = phones.answering("agent", phones.agent().rings().is_cancelled())
    caller = phones.calling(script.invite().gives_up(), "12345")
    caller.got("^SIP/2.0 180")
    caller.cue()
    caller.done()
    agent.done()
    say(house, "8001", "paused")
    say(house, "8002", "paused")
    script = Script(phones.voice(CARRIER), called=False, user="+8613906357777")
    waiting = phones.calling(script.connects().cue().bye(), "12390")
    until(lambda: queue(house)["waiting"] == 1, "waits")
    waiting.cue()
    phones.done()
    until(lambda: len(gone(house)) == before + 2, "both are kept")
    newest, first = gone(house)[:2]
    assert (first["stage"], first["route"], first["queue"]) == ("ringing", "来话", "")
    assert (newest["stage"], newest["route"], newest["queue"]) == ("queue", "排队", "hotline")
    assert newest["waited"] >= 0
    found = task(house, "13906357777")
    assert (found["state"], found["times"], found["stage"]) == ("open", 2, "queue")
    answer = house.api.post(f"/api/v1/callbacks/{found['id']}/take")
    assert (answer.status_code, answer.json()["by"]) == (200, "loopback")
    result = {"reached": False, "note": "没人接"}
    answer = house.api.post(f"/api/v1/callbacks/{found['id']}/result", json=result)
    assert (answer.json()["state"], answer.json()["tries"]) == ("tried", 1)
    assert house.metric("bridge_callbacks_open") >= 1


def test_who_calls_again_and_is_answered_need_not_be_called_back(house: House, phones: Phones) -> None:
    def dials() -> Script:
        return Script(phones.voice(CARRIER), called=False, user="13906358888")

    phones.answering("agent", phones.agent().recv_invite().refuses(486, "Busy Here"))
    phones.calling(dials().invite().is_refused(486), "12345").done()
    until(lambda: task(house, "13906358888").get("stage") == "unanswered", "a task")
    phones.answering("agent-again", phones.agent().rings().picks_up().released())
    caller = phones.calling(dials().connects().cue().bye(), "12345")
    caller.got("^SIP/2.0 200")
    caller.cue()
    phones.done()
    until(lambda: task(house, "13906358888", "done").get("ended") == "answered", "done by itself")


def test_records_are_there_after_the_bridge_was_killed(house: House, phones: Phones) -> None:
    before = len(gone(house))
    say(house, "8001", "paused")
    phones.answering("agent", phones.agent().recv_invite().refuses(486, "Busy Here"))
    phones.calling(phones.caller().invite().is_refused(486), "12345")
    phones.done()
    until(lambda: len(gone(house)) > before, "a record")
    kept, open_tasks = gone(house), house.metric("bridge_callbacks_open")
    house.kill("control")
    until(lambda: _alive(house) and gone(house) == kept, "the same records")
    assert house.metric("bridge_callbacks_open") == open_tasks
    assert state(house, "8001") == "paused"


def _alive(house: House) -> bool:
    try:
        return house.api.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
