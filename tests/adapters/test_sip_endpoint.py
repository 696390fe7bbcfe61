"""The endpoint between a user agent that only notes what it is told, and a listener that only remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.adapters.sip_domains import Domains
from bridge.adapters.sip_doorman import Prove
from bridge.adapters.sip_endpoint import SipEndpoint
from bridge.adapters.sip_targets import Targets
from bridge.calls.events import Answers, Leaves, LegEvent, Offered, Refuses, Reoffers, Rings
from bridge.clock import SystemClock
from bridge.ports import DialOrder
from bridge.routing.addresses import Place
from bridge.routing.doors import STRANGER, AgentDoor, TrunkDoor
from bridge.routing.plan import Origin, Target
from bridge.settings import Endpoint, Trunk
from bridge.sip import events as ua
from bridge.sip.diversion import Hop
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Address
from bridge.sip.parser import parse_message
from bridge.sip.replaces import parse_replaces
from bridge.sip.uui import incident_data

SDP = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"
PEER = Address("10.0.0.9", 5060)


class Agent:
    """A user agent that notes each command: (name, arguments without the time)."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., list[ua.Output]]:
        def command(*args: Any, **more: Any) -> list[ua.Output]:
            told = tuple(arg for arg in args if not isinstance(arg, float))
            self.told.append((name, (*told, *more.values())))
            return []

        return command


class Stack:
    """Runs commands at once, and what is for later when it is told to."""

    def __init__(self) -> None:
        self.agent, self.later = Agent(), list[Callable[[], None]]()

    def run(self, command: Callable[[Any, float], list[ua.Output]]) -> None:
        command(self.agent, 1.5)

    def soon(self, then: Callable[[], None]) -> None:
        self.later.append(then)


@dataclass
class Listener:
    """Everything it hears."""

    heard: list[Any] = field(default_factory=list)

    def offered(self, event: Offered) -> None:
        self.heard.append(event)

    def on(self, event: LegEvent) -> None:
        self.heard.append(event)

    def refer(self, leg: str, number: str, at: float) -> None:
        self.heard.append(("refer", leg, number))

    def refer_to_leg(self, leg: str, other: str, at: float) -> None:
        self.heard.append(("refer_to_leg", leg, other))

    def refer_beyond(self, leg: str, number: str, trunk: str, replaces: str, at: float) -> None:
        self.heard.append(("refer_beyond", leg, number, trunk, replaces))

    def digit(self, leg: str, digit: str, at: float) -> None:
        self.heard.append(("digit", leg, digit))


class Doorman:
    """Lets in whoever it is told to; phones by extension."""

    def __init__(self, door: Any) -> None:
        self.door, self.at = door, dict[str, Any]()

    def who(self, request: Any, source: Address, now: float) -> Any:
        return self.door

    def phones(self, extension: str, now: float) -> Any:
        return self.at.get(extension, ())


@dataclass
class Desk:
    """The endpoint and what stands around it."""

    endpoint: SipEndpoint
    stack: Stack
    listener: Listener
    doorman: Doorman

    @property
    def told(self) -> list[tuple[str, tuple[Any, ...]]]:
        return self.stack.agent.told

    def invite(self, *headers: str, body: bytes = SDP, leg: str = "in", uri: str = "sip:110@b") -> None:
        self.endpoint.on_event(ua.InviteReceived(leg, request("INVITE", *headers, body=body, uri=uri), PEER))


def request(method: str, *headers: str, body: bytes = b"", uri: str = "sip:110@b") -> Any:
    lines = [
        f"{method} {uri} SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx", "From: <sip:139@c>;tag=f",
        "To: <sip:110@b>", "Call-ID: c", f"CSeq: 1 {method}", *headers, f"Content-Length: {len(body)}",
    ]  # fmt: skip
    return parse_message("\r\n".join([*lines, "", ""]).encode() + body)


@pytest.fixture
def desk() -> Desk:
    trunks = {
        "far": Trunk(hosts=("10.0.0.9",), target=Endpoint("10.0.0.9", 5070)),
        "mute": Trunk(hosts=("10.0.0.8",), trusted=False),
        "sure": Trunk(hosts=("10.0.0.6",), prack=True),
        "open": Trunk(target=Endpoint("10.0.0.7", 5070), trusted=False),
    }
    stack, listener, doorman = Stack(), Listener(), Doorman(TrunkDoor("far"))

    def order(trunk: str) -> tuple[Place, ...]:
        return tuple(Place(each.address.host, each.address.port or 0) for each in trunks[trunk].places)

    endpoint = SipEndpoint(
        stack=stack, doorman=doorman, targets=Targets(doorman, trunks, "10.0.0.2", order),
        address="10.0.0.1", clock=SystemClock(), session=lambda: 7,
        domains=Domains(("b", "10.0.0.2"), trunks, {"8009": "far"}),
    )  # type: ignore[arg-type]  # fmt: skip
    endpoint.listener = listener
    return Desk(endpoint, stack, listener, doorman)


def test_a_call_from_a_trunk_is_offered_with_who_calls_and_who_sent_it(desk: Desk) -> None:
    desk.invite("P-Asserted-Identity: <sip:138@c>", "Referred-By: <sip:8001@p>")
    (offered,) = desk.listener.heard
    assert (offered.number, offered.caller, offered.referred_by) == ("110", "138", "8001")
    assert offered.origin == Origin("trunk", "far")
    assert offered.audio is not None
    assert offered.audio.remote == ("10.0.0.9", 4000)


def test_an_agents_number_is_the_one_proven_not_the_one_claimed(desk: Desk) -> None:
    desk.doorman.door = AgentDoor("8003")
    desk.invite("P-Asserted-Identity: <sip:119@c>")
    assert desk.listener.heard[0].caller == "8003"


def test_an_exchange_says_what_a_call_is_about_and_a_telephone_does_not(desk: Desk) -> None:
    about = f"User-to-User: {incident_data('c330ad95')}"
    desk.invite(about)
    desk.doorman.door = AgentDoor("8003")
    desk.invite(about)
    assert [offered.incident for offered in desk.listener.heard] == ["c330ad95", ""]


@pytest.mark.parametrize(
    ("door", "status"), [(STRANGER, 403), (Prove((("WWW-Authenticate", "Digest x"),)), 401)]
)
def test_who_is_not_let_in_makes_no_call(desk: Desk, door: Any, status: int) -> None:
    desk.doorman.door = door
    desk.invite()
    assert desk.listener.heard == []
    assert [(name, args[1]) for name, args in desk.told] == [("refuse", status)]


@pytest.mark.parametrize(
    ("headers", "body", "status", "more"),
    [
        ((), b"v=0\r\nnonsense", 400, ()),
        ((), SDP.replace(b"AVP 8", b"AVP 9"), 488, ()),
        (("Content-Type: image/png",), b"PNG", 415, (("Accept", "application/sdp"),)),
        (("Content-Type: Application/SDP;charset=utf-8",), b"v=0\r\nnonsense", 400, ()),
    ],
)
def test_an_offer_nobody_can_use_is_refused(
    desk: Desk, headers: tuple[str, ...], body: bytes, status: int, more: tuple[Any, ...]
) -> None:
    desk.invite(*headers, body=body)
    assert desk.listener.heard == []
    ((name, args),) = desk.told
    assert (name, args[1], args[3]) == ("refuse", status, more)


def dial(desk: Desk, target: Target) -> None:
    desk.endpoint.dial("out", DialOrder(target, 20000, "139", (("X-One", "1"),)))


def target(kind: Any, number: str, trunk: str | None) -> Target:
    return Target(kind, number, trunk, 30, 4)


def test_a_trunk_is_told_who_calls(desk: Desk) -> None:
    dial(desk, target("trunk", "110", "far"))
    ((name, (leg, invitation)),) = desk.told
    assert (name, leg, invitation.uri, invitation.next_hop) == (
        "invite", "out", "sip:110@10.0.0.9:5070", Address("10.0.0.9", 5070),
    )  # fmt: skip
    known = ("P-Asserted-Identity", "<sip:139@10.0.0.2>")
    assert invitation.headers == (("Max-Forwards", "69"), known, ("X-One", "1"))
    assert b"m=audio 20000 " in invitation.body


@pytest.mark.parametrize("where", [target("agent", "8003", None), target("trunk", "1", "mute")])
def test_what_cannot_be_reached_refuses_after_the_present_event(desk: Desk, where: Target) -> None:
    dial(desk, where)
    assert (desk.told, desk.listener.heard) == ([], [])
    desk.stack.later[0]()
    assert desk.listener.heard == [Refuses("out", 480, "Temporarily Unavailable")]


def test_what_a_dialled_leg_does_is_told_in_the_words_of_calls(desk: Desk) -> None:
    dial(desk, target("trunk", "110", "far"))
    answer = parse_message(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.1.1.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n" + SDP
    )
    desk.endpoint.on_event(ua.Progress("out", 180, "Ringing", b""))
    desk.endpoint.on_event(ua.Answered("out", answer))  # type: ignore[arg-type]
    for cause in ("bye", "cancel", "timeout", "expired"):
        desk.endpoint.on_event(ua.Ended("out", cause))  # type: ignore[arg-type]
    rings, answers, *left = desk.listener.heard
    assert rings == Rings("out")
    assert isinstance(answers, Answers)
    assert left == [Leaves("out", cause) for cause in ("bye", "cancel", "lost", "lost")]  # type: ignore[arg-type]


def test_an_answer_without_a_usable_description_ends_the_leg(desk: Desk) -> None:
    dial(desk, target("trunk", "110", "far"))
    answer = parse_message(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.1.1.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    desk.endpoint.on_event(ua.Answered("out", answer))  # type: ignore[arg-type]
    assert desk.told[-1][0] == "hang_up"
    assert desk.listener.heard == [Refuses("out", 488, "Not Acceptable Here")]


def test_hold_is_answered_by_what_it_means(desk: Desk) -> None:
    desk.invite()
    desk.endpoint.answer("in", 20000)
    desk.endpoint.on_event(ua.OfferReceived("in", request("INVITE", body=SDP + b"a=sendonly\r\n")))
    name, (leg, body) = desk.told[-1]
    assert (name, leg) == ("answer_offer", "in")
    assert b"a=recvonly" in body
    assert isinstance(desk.listener.heard[-1], Reoffers)


def test_every_description_of_ours_is_one_version_on(desk: Desk) -> None:
    desk.invite()
    desk.endpoint.answer("in", 20000)
    desk.endpoint.on_event(ua.OfferReceived("in", request("INVITE", body=SDP)))
    bodies = [args[1] for name, args in desk.told if name in {"accept", "answer_offer"}]
    assert [body.split(b" ")[2] for body in bodies] == [b"1", b"2"]


PRIVATE = (
    'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=f',
    'P-Asserted-Identity: "Wang" <sip:138@c>',
    "Privacy: id",
    "Diversion: <sip:96110@c>;reason=unconditional",
)


@pytest.mark.parametrize(("door", "number"), [("far", "138"), ("mute", "anonymous")])
def test_what_a_trunk_asserts_is_believed_only_where_it_is_trusted(
    desk: Desk, door: str, number: str
) -> None:
    desk.doorman.door = TrunkDoor(door)
    invite = request("INVITE", *PRIVATE[1:], body=SDP).encode()
    text = invite.replace(b"From: <sip:139@c>;tag=f", PRIVATE[0].encode())
    desk.endpoint.on_event(ua.InviteReceived("in", parse_message(text), PEER))  # type: ignore[arg-type]
    (offered,) = desk.listener.heard
    assert (offered.caller, offered.private) == (number, True)
    assert (offered.way, offered.referred_by) == ((Hop("96110", "unconditional"),), "96110")


@pytest.mark.parametrize(("trunk", "told"), [("far", True), ("open", False)])
def test_a_withheld_number_and_the_way_are_told_to_trusted_exchanges_only(
    desk: Desk, trunk: str, told: bool
) -> None:
    order = DialOrder(
        Target("trunk", "110", trunk, 30, 4), 20000, "138", display="Wang", private=True,
        way=(Hop("12345", "deflection"),), referred_by="8001",
    )  # fmt: skip
    desk.endpoint.dial("out", order)
    _, (_, invitation) = desk.told[-1]
    names = {name for name, _ in invitation.headers}
    assert invitation.from_.uri.user == "anonymous"
    secret = {"P-Asserted-Identity", "Diversion", "History-Info", "Referred-By"}
    assert names & secret == (secret if told else set())
    assert ("138" in str(invitation)) is told


def test_a_bye_for_a_broken_line_is_nobodys_wish(desk: Desk) -> None:
    desk.endpoint.on_event(ua.Ended("in", "bye", "Q.850;cause=38"))
    desk.endpoint.on_event(ua.Ended("in", "bye", "Q.850;cause=16"))
    assert desk.listener.heard == [Leaves("in", "lost"), Leaves("in", "bye")]


def test_a_vague_refusal_means_its_cause_and_ours_carry_one(desk: Desk) -> None:
    desk.endpoint.on_event(ua.Refused("out", 500, "Error", (("Reason", "Q.850;cause=17"),)))
    assert desk.listener.heard == [Refuses("out", 486, "Error")]
    desk.endpoint.refuse("in", 486, "Busy Here")
    assert desk.told[-1] == ("refuse", ("in", 486, "Busy Here", (("Reason", "Q.850;cause=17"),)))


def referred(desk: Desk, to: str, match: ua.Match | None = None) -> None:
    replaces = parse_replaces("abc;to-tag=1;from-tag=2") if match else None
    event = ua.ReferReceived("in", parse_name_addr(to), None, request("REFER"), replaces, match)
    desk.endpoint.on_event(event)


def test_the_key_by_refer_is_handed_on(desk: Desk) -> None:
    referred(desk, "<sip:110@b>")
    referred(desk, "<tel:110>")
    assert desk.listener.heard == [("refer", "in", "110")] * 2


def test_a_refer_to_a_foreign_domain_is_refused_until_somebody_proven_calls_us_so(desk: Desk) -> None:
    referred(desk, "<sip:110@hotline.example>")
    assert desk.told == [("refuse_refer", ("in", 403, "Forbidden"))]
    desk.invite(uri="sip:12345@hotline.example")
    referred(desk, "<sip:110@hotline.example>")
    assert desk.listener.heard[-1] == ("refer", "in", "110")


@pytest.mark.parametrize(
    ("to", "match", "heard"),
    [
        ("<sip:110@b>", ua.Match("other"), ("refer_to_leg", "in", "other")),
        ("<sip:110@b>", ua.Match("other", 603), None),
        ("<sip:110@b>", ua.Match("", 481), None),
        ("<sip:8009@10.0.0.9>", ua.Match("", 481), ("refer_beyond", "in", "8009", "far")),
        ("<sip:8009@10.0.0.8>", ua.Match("", 481), None),
    ],
)
def test_an_attended_refer_goes_where_its_dialog_is(desk: Desk, to: str, match: ua.Match, heard: Any) -> None:
    referred(desk, to, match)
    if heard is None:
        assert desk.told == [("refuse_refer", ("in", 481, "Call/Transaction Does Not Exist"))]
    else:
        assert desk.listener.heard[-1][: len(heard)] == heard


@pytest.mark.parametrize("status", [481, 486, 603])
def test_what_cannot_be_replaced_is_refused_once_its_sender_is_known(desk: Desk, status: int) -> None:
    invite = request("INVITE", body=SDP)
    desk.endpoint.on_event(ua.InviteReceived("in", invite, PEER, ua.Match("", status)))
    assert desk.told[-1][1][:2] == ("in", status)
    assert desk.listener.heard == []


def test_whose_place_is_wanted_and_who_asks_from_behind_the_exchange_is_offered(desk: Desk) -> None:
    invite = request("INVITE", "P-Asserted-Identity: <sip:8009@p>", body=SDP)
    desk.endpoint.on_event(ua.InviteReceived("in", invite, PEER, ua.Match("old")))
    (offered,) = desk.listener.heard
    assert (offered.replaces, offered.agent) == ("old", "8009")
    desk.invite("P-Asserted-Identity: <sip:8009@p>", "Referred-By: <sip:8001@p>")
    assert desk.listener.heard[-1].agent == ""


def test_a_call_that_shall_take_a_dialogs_place_says_so(desk: Desk) -> None:
    target = Target("trunk", "8009", "far", 30, 4, replaces="abc;to-tag=1;from-tag=2")
    desk.endpoint.dial("out", DialOrder(target, 20000, "139"))
    _, (_, invitation) = desk.told[-1]
    assert {("Replaces", "abc;to-tag=1;from-tag=2"), ("Require", "replaces")} <= set(invitation.headers)


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"signal = *\nDuration=160", "*"),
        ("application/dtmf", b"#", "#"),
        ("application/dtmf", b"12", None),
        ("application/dtmf-relay", b"\xff\xfe", None),
        ("text/plain", b"5", None),
    ],
)
def test_keys_by_info(desk: Desk, kind: str, body: bytes, digit: str | None) -> None:
    desk.endpoint.on_event(ua.InfoReceived("in", kind, body))
    assert desk.listener.heard == ([("digit", "in", digit)] if digit else [])


def rung(desk: Desk) -> tuple[Any, ...]:
    """What the user agent was told about ringing: status, body, reliably."""
    name, args = desk.told[-1]
    assert name == "ring"
    return args[1], args[-2], args[-1]


@pytest.mark.parametrize(
    ("trunk", "headers", "reliably"),
    [
        ("far", (), False),
        ("far", ("Supported: 100rel",), False),
        ("far", ("Require: 100rel",), True),
        ("sure", ("Supported: timer, 100rel",), True),
        ("sure", (), False),
    ],
)
def test_ringing_goes_reliably_to_who_insists_and_where_the_trunk_says_so(
    desk: Desk, trunk: str, headers: tuple[str, ...], reliably: bool
) -> None:
    desk.doorman.door = TrunkDoor(trunk)
    desk.invite(*headers)
    desk.endpoint.ring("in", 20000, early=False)
    assert rung(desk) == (180, b"", reliably)


def test_early_media_is_announced_with_the_answer_the_200_repeats(desk: Desk) -> None:
    desk.invite()
    desk.endpoint.ring("in", 20000, early=True)
    status, body, _ = rung(desk)
    assert status == 183
    assert b"m=audio 20000 " in body
    desk.endpoint.answer("in", 20000)
    assert desk.told[-1] == ("accept", ("in", body))


def test_a_reliable_ringing_without_an_offer_carries_ours(desk: Desk) -> None:
    desk.invite("Require: 100rel", body=b"")
    desk.endpoint.ring("in", 20000, early=False)
    status, body, _ = rung(desk)
    assert status == 180
    assert b"m=audio 20000 " in body


def test_early_media_of_a_leg_we_dial_is_heard_unless_nobody_can_use_it(desk: Desk) -> None:
    dial(desk, target("trunk", "110", "far"))
    for body in (SDP, b"nonsense", SDP.replace(b"AVP 8", b"AVP 9"), b""):
        desk.endpoint.on_event(ua.Progress("out", 183, "Session Progress", body))
    first, *others = desk.listener.heard
    assert first.audio is not None
    assert first.audio.remote == ("10.0.0.9", 4000)
    assert others == [Rings("out")] * 3


def test_an_answer_that_came_early_counts_when_the_200_has_none(desk: Desk) -> None:
    dial(desk, target("trunk", "110", "far"))
    bare = parse_message(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 1.1.1.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        b"To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
    )
    desk.endpoint.on_event(ua.Answered("out", bare, SDP))  # type: ignore[arg-type]
    assert isinstance(desk.listener.heard[-1], Answers)


def test_a_key_is_passed_on_by_info(desk: Desk) -> None:
    desk.endpoint.pass_digit("out", "#")
    assert desk.told == [("press", ("out", "#"))]
