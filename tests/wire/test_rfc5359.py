"""The service examples of RFC 5359: each with the test that shows it, or the reason why it is nobody's here.

Forwarding is the PBX's or the phone's; what reaches us of it is shown below.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.wire.house import House
from tests.wire.phones import Phones, speak

TESTS = Path(__file__).parents[1]

EXAMPLES: Final = {
    "2.1 call hold": "wire/test_set_up.py::test_hold_is_answered_and_the_caller_hears_that_they_are_waiting",
    "2.2 consultation hold": (
        "wire/test_linphone.py::test_linphone_asks_the_desk_and_connects_the_caller_with_it"
    ),
    "2.3 music on hold": "wire/test_consult.py::test_swap_there_and_back_then_complete",
    "2.4 transfer - unattended": (
        "wire/test_transfer_by_refer.py::test_one_key_takes_the_caller_from_12345_to_110"
    ),
    "2.5 transfer - attended": (
        "wire/test_replaces.py::test_the_agent_who_asked_the_desk_connects_the_caller_with_it"
    ),
    "2.6 transfer - instant messaging": "",
    "2.7 call forwarding unconditional": (
        "wire/test_rfc5359.py::test_a_call_the_exchange_forwarded_says_whom_it_was_for"
    ),
    "2.8 call forwarding - busy": "wire/test_set_up.py::test_when_an_agent_is_busy_the_next_one_is_rung",
    "2.9 call forwarding - no answer": (
        "wire/test_rfc5359.py::test_the_next_target_is_told_that_the_first_did_not_answer"
    ),
    "2.10 3-way conference - third party is added": (
        "wire/test_conference.py::test_the_agent_leaves_caller_and_desk_go_on"
    ),
    "2.11 3-way conference - third party joins": "",
    "2.12 find-me": (
        "wire/test_telephones.py::test_all_phones_of_an_extension_ring_and_the_first_to_answer_has_the_call"
    ),
    "2.13 incoming call screening": (
        "wire/test_harassment.py::test_over_the_limit_a_caller_is_answered_and_hears_why"
    ),
    "2.14 outgoing call screening": (
        "wire/test_fraud.py::test_a_number_that_is_not_routed_for_this_trunk_goes_nowhere"
    ),
    "2.15 call park": "",
    "2.16 call pickup": (
        "wire/test_replaces.py::test_a_ringing_call_is_picked_up_and_the_phone_that_rang_is_stopped"
    ),
    "2.17 automatic redial": "",
    "2.18 click to dial": "wire/test_fraud.py::test_a_refer_out_of_the_blue_is_refused",
}
"""Section -> the test."""
NOT_OURS: Final = {
    "2.6 transfer - instant messaging": "moves a MESSAGE session; we carry voice only (MESSAGE: 405)",
    "2.11 3-way conference - third party joins": (
        "uses Join (RFC 3911), which we do not claim: a Require of it gets 420. A third person comes into a "
        "conversation by the key in conference mode, which tells the ticket, not by guessing a dialog"
    ),
    "2.15 call park": (
        "the parking lot is the PBX's; a caller of ours who is parked there is taken back by Replaces: 2.16"
    ),
    "2.17 automatic redial": (
        "needs the dialog event package (RFC 4235), which tells whoever subscribes who talks with whom; busy "
        "agents are what the queue is for, and callers nobody reached get a call-back task"
    ),
}
"""Section -> why there is none."""


def test_every_example_has_its_test_or_its_reason() -> None:
    assert len(EXAMPLES) == 18
    assert set(NOT_OURS) == {name for name, test in EXAMPLES.items() if not test}


@pytest.mark.parametrize("where", [test for test in EXAMPLES.values() if test])
def test_the_tests_named_are_there(where: str) -> None:
    path, _, name = where.partition("::")
    assert re.search(rf"^(async )?def {name}\(", (TESTS / path).read_text(), re.MULTILINE), where


def test_a_call_the_exchange_forwarded_says_whom_it_was_for(house: House, phones: Phones) -> None:
    """§2.7, F-proxied: the 110 desk sees both the number first dialled and ours."""
    desk = phones.answering("desk", phones.desk().rings().picks_up().released())
    agent = phones.answering(
        "agent", phones.agent().rings().picks_up().presses("110").notified().notified().released()
    )
    forwarded = "History-Info: <sip:96110@p?Reason=SIP%3Bcause%3D302>;index=1, <sip:12345@p>;index=1.1"
    caller = phones.calling(phones.caller().invite(forwarded).goes_through().cue().bye())
    agent.got("^ACK")
    agent.cue()
    invite = desk.got("^INVITE sip:110@")
    assert re.findall(r"^Diversion: <sip:(\d+)@[^>]*>;reason=([a-z-]+)", invite, re.M) == [
        ("12345", "deflection"),
        ("96110", "unconditional"),
    ]
    house.the_call(lambda call: call["transfers"][0]["state"] == "connected")
    caller.cue()
    phones.done()


def test_the_next_target_is_told_that_the_first_did_not_answer(phones: Phones) -> None:
    """§2.9: 480 from the first agent's phone behind the exchange."""
    phones.answering("agent", phones.agent().rings().refuses(480, "No Answer"))
    second = phones.answering("second", phones.agent("8002").rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12300")
    speak(caller)
    speak(second)
    caller.voice.hears(second.voice)
    assert re.search(r"^Diversion: <sip:12300@[^>]*>;reason=no-answer", second.got("^INVITE"), re.M)
    caller.cue()
    phones.done()


def test_a_phone_that_forwards_elsewhere_is_not_followed(phones: Phones) -> None:
    """A 302 names a place of the phone's choice: followed, it would be toll fraud at our cost."""
    phones.answering("agent", phones.agent().recv_invite().refuses(302, "Moved Temporarily"))
    second = phones.answering("second", phones.agent("8002").rings().picks_up().released())
    caller = phones.calling(phones.caller().connects().cue().bye(), "12300")
    speak(caller)
    speak(second)
    caller.voice.hears(second.voice)
    caller.cue()
    phones.done()
