"""Each message of a call and of a transfer lost, doubled or overtaken, by name: the caller never hears
nothing for longer than allowed, what was asked for comes about, and everything ends cleanly.

The names `invite-retransmit`, `refer-lost` and `bye-lost` are those under which such cases are known
elsewhere; the others follow them, one for each message of ours and of the telephones'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.peers.lossy import Fault
from tests.wire.continuity import Continuity
from tests.wire.house import House
from tests.wire.phones import Part, Phones, speak
from tests.wire.script import Script
from tests.wire.sipp import Sipp

ALLOWED = 0.4
"""Seconds without a packet at the caller's ear: below the first interval of Timers A and E, so nothing that
waits for a repetition may take the voice with it; above what a busy machine does to a packet."""

Play = Callable[[House, Phones], None]


def plain_call(house: House, phones: Phones) -> None:
    """Caller and agent talk; the caller hangs up."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(), agent=lambda agent: agent.released()
    )
    with listening(caller) as ear:
        ear.hears(agent.voice)
        agent.got("^ACK")
        caller.cue()
        phones.done()


def once(agent: Script) -> Script:
    """The key by REFER, as everything goes its way: 202, 100, 180, 200."""
    return agent.presses("110").notified().notified()


def nothing_more(agent: Script) -> Script:
    """Hung up is hung up."""
    return agent


def transfer(
    house: House,
    phones: Phones,
    key: Part = once,
    after: Part = nothing_more,
    hundreds: int = 1,
    taken: int = 1,
) -> None:
    """The key by REFER, the desk answers, the agent is released, the caller hangs up. key: what the agent's
    telephone sends and gets, from its REFER to its last NOTIFY; hundreds: how often it is told 100; taken:
    how often its REFER is answered."""
    desk = phones.answering("desk", phones.desk().rings().cue().picks_up().released())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: after(key(agent).released()),
    )
    with listening(caller) as ear:
        agent.cue()
        desk.got("^INVITE")
        ear.hears(agent.voice)
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 180")
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 100", hundreds)
        agent.got(r"^SIP/2.0 202", taken)
        desk.cue()
        speak(desk)
        ear.hears(desk.voice)
        desk.got("^ACK")
        house.the_call(lambda call: call["transfers"][0]["state"] == "connected")
        agent.got("^BYE")
        caller.cue()
        phones.done()
    assert len({m for m in desk.messages("received") if m.startswith("INVITE")}) == 1


def transfer_with_202_late(house: House, phones: Phones) -> None:
    """The same, with the first NOTIFY before the 202."""

    def key(agent: Script) -> Script:
        return agent.cue().refer("110", retrans=False).notified().recv(202).notified().notified()

    transfer(house, phones, key)


def transfer_with_202_repeated(house: House, phones: Phones) -> None:
    """The same, where the second REFER gets its answer once more, before or after a NOTIFY."""

    def key(agent: Script) -> Script:
        agent.cue().refer("110").recv(202)
        for _ in range(3):
            agent.recv(202, optional=True).notified()
        return agent

    transfer(house, phones, key, taken=2)


def transfer_with_202_lost(house: House, phones: Phones) -> None:
    """The same, where the REFER is repeated until its answer comes."""

    def key(agent: Script) -> Script:
        agent.cue().refer("110", retrans=False).notified().notified()
        return agent.refer_again().recv(202).notified()

    transfer(house, phones, key)


def transfer_with_a_patient_agent(house: House, phones: Phones) -> None:
    """The same, with a telephone that answers a BYE that comes again."""
    transfer(house, phones, after=Script.lingers)


def transfer_told_twice(house: House, phones: Phones) -> None:
    """The same, with the first NOTIFY repeated."""
    transfer(house, phones, lambda agent: once(agent).notified(), hundreds=2)


def taken_back(house: House, phones: Phones) -> None:
    """The transfer is taken back while the desk rings."""
    desk = phones.answering("desk", phones.desk().rings().is_cancelled())
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: agent.presses("110").notified().notified().released(),
    )
    with listening(caller) as ear:
        agent.cue()
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 180")
        house.api.delete(f"/api/v1/calls/{house.the_call()['id']}/transfers/current")
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 487")
        ear.hears(agent.voice)
        desk.done()
        caller.cue()
        phones.done()


def busy_desk(house: House, phones: Phones) -> None:
    """The desk says no: caller and agent stay together."""
    desk = phones.answering("desk", phones.desk().recv_invite().refuses(486, "Busy Here"))
    caller, agent = phones.talking(
        caller=lambda caller: caller.released(),
        agent=lambda agent: agent.presses("110").notified().cue().bye(),
    )
    with listening(caller) as ear:
        agent.cue()
        agent.got(r"^NOTIFY[\s\S]*^SIP/2.0 486")
        ear.hears(agent.voice)
        desk.done()
        agent.cue()
        phones.done()


def hold(house: House, phones: Phones, by: str = "reinvite") -> None:
    """The agent holds and takes back: never a dead line for the caller."""
    caller, agent = phones.talking(
        caller=lambda caller: caller.cue().bye(),
        agent=lambda agent: getattr(getattr(agent.cue(), by)("sendonly").cue(), by)("sendrecv").released(),
    )
    method = "INVITE" if by == "reinvite" else "UPDATE"
    with listening(caller) as ear:
        for direction in ("recvonly", "sendrecv"):
            agent.cue()
            agent.got(rf"^SIP/2.0 200[\s\S]*^CSeq: \d+ {method}[\s\S]*a={direction}")
        ear.hears(agent.voice)
        caller.cue()
        phones.done()


def update(house: House, phones: Phones) -> None:
    """The same by UPDATE."""
    hold(house, phones, "update")


def reliable_ringing(house: House, phones: Phones) -> None:
    """A caller who insists on 100rel."""
    agent = phones.answering("agent", phones.agent().rings().cue().picks_up().released())
    script = phones.caller().invite("Require: 100rel").optional_100().recv_reliable(180).prack()
    caller = phones.calling(script.recv(200).ack(number=1).cue().bye())
    caller.got(r"^SIP/2.0 200[\s\S]*^CSeq: \d+ PRACK")
    agent.cue()
    speak(caller)
    speak(agent)
    with listening(caller) as ear:
        ear.hears(agent.voice)
        caller.cue()
        phones.done()


@contextmanager
def listening(caller: Sipp) -> Iterator[Continuity]:
    """At the caller's ear, to the call's end."""
    with Continuity(caller.voice) as ear:
        yield ear
    assert ear.packets > 0
    assert ear.longest < ALLOWED, f"{ear.longest:.3f} s without a packet"


def request(method: str) -> str:
    return rf"^{method} sip:"


def response(status: int, method: str) -> str:
    return rf"\ASIP/2.0 {status}[\s\S]*^CSeq: \d+ {method}"


@dataclass
class Case:
    """Between whom and the bridge, what happens to which message, and what is played."""

    who: str
    kind: str
    way: str
    pattern: str
    play: Play

    @property
    def fault(self) -> Fault:
        return Fault(self.kind, self.way, self.pattern)  # type: ignore[arg-type]


IN, OUT = "to bridge", "to phone"
CASES = {
    "invite-retransmit": Case("caller", "lose", IN, request("INVITE"), plain_call),
    "invite-doubled": Case("caller", "double", IN, request("INVITE"), plain_call),
    "ringing-lost": Case("caller", "lose", OUT, response(180, "INVITE"), plain_call),
    "answer-lost": Case("caller", "lose", OUT, response(200, "INVITE"), plain_call),
    "ack-lost": Case("caller", "lose", IN, request("ACK"), plain_call),
    "ringing-overtaken": Case("agent", "overtake", IN, response(180, "INVITE"), plain_call),
    "agent-answer-lost": Case("agent", "lose", IN, response(200, "INVITE"), plain_call),
    "agent-ack-lost": Case("agent", "lose", OUT, request("ACK"), plain_call),
    "bye-lost": Case("caller", "lose", IN, request("BYE"), plain_call),
    "bye-answer-lost": Case("caller", "lose", OUT, response(200, "BYE"), plain_call),
    "release-lost": Case("agent", "lose", OUT, request("BYE"), transfer),
    "release-answer-lost": Case("agent", "lose", IN, response(200, "BYE"), transfer_with_a_patient_agent),
    "refer-lost": Case("agent", "lose", IN, request("REFER"), transfer),
    "refer-doubled": Case("agent", "double", IN, request("REFER"), transfer_with_202_repeated),
    "accepted-lost": Case("agent", "lose", OUT, response(202, "REFER"), transfer_with_202_lost),
    "accepted-overtaken": Case("agent", "overtake", OUT, response(202, "REFER"), transfer_with_202_late),
    "notify-lost": Case("agent", "lose", OUT, request("NOTIFY"), transfer),
    "notify-answer-lost": Case("agent", "lose", IN, response(200, "NOTIFY"), transfer_told_twice),
    "desk-invite-lost": Case("desk", "lose", OUT, request("INVITE"), transfer),
    "desk-answer-lost": Case("desk", "lose", IN, response(200, "INVITE"), transfer),
    "desk-ack-lost": Case("desk", "lose", OUT, request("ACK"), transfer),
    "refusal-lost": Case("desk", "lose", IN, response(486, "INVITE"), busy_desk),
    "refusal-ack-lost": Case("desk", "lose", OUT, request("ACK"), busy_desk),
    "cancel-lost": Case("desk", "lose", OUT, request("CANCEL"), taken_back),
    "cancelled-lost": Case("desk", "lose", IN, response(487, "INVITE"), taken_back),
    "hold-lost": Case("agent", "lose", IN, r"^CSeq: 1 INVITE", hold),
    "hold-answer-lost": Case("agent", "lose", OUT, response(200, "INVITE"), hold),
    "update-lost": Case("agent", "lose", IN, request("UPDATE"), update),
    "update-answer-lost": Case("agent", "lose", OUT, response(200, "UPDATE"), update),
    "prack-lost": Case("caller", "lose", IN, request("PRACK"), reliable_ringing),
    "prack-answer-lost": Case("caller", "lose", OUT, response(200, "PRACK"), reliable_ringing),
    "reliable-ringing-lost": Case("caller", "lose", OUT, response(180, "INVITE"), reliable_ringing),
}


@pytest.mark.parametrize("name", CASES)
def test_loss(house: House, phones: Phones, name: str) -> None:
    case = CASES[name]
    fault = case.fault
    phones.bad_network(case.who, fault)
    case.play(house, phones)
    assert fault.met == 1, "the message this case is about never came"
