"""Replaces as words and between user agents: what is named, what may be replaced, and what is refused
(RFC 3891)."""

from __future__ import annotations

import pytest

from bridge.errors import MalformedSip
from bridge.sip import events as ev
from bridge.sip.grammar import parse_name_addr
from bridge.sip.message import Headers, Request, Response
from bridge.sip.replaces import Replaces, parse_replaces, read_replaces, replaces_in

ANSWER = b"v=0\r\nanswer"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("425928@b.com;to-tag=7743;from-tag=6472", Replaces("425928@b.com", "7743", "6472")),
        ("a;from-tag=1;to-tag=2;early-only", Replaces("a", "2", "1", early_only=True)),
        (" 12adf2f34456gs5;to-tag=12345;from-tag=54321;x=y ", Replaces("12adf2f34456gs5", "12345", "54321")),
        ("87134@192.0.2.23;to-tag=24796;from-tag=0", Replaces("87134@192.0.2.23", "24796", "0")),
    ],
)
def test_what_the_rfc_writes_is_read_and_written(text: str, value: Replaces) -> None:
    assert parse_replaces(text) == value
    assert parse_replaces(value.encode()) == value


@pytest.mark.parametrize(
    "text",
    ["", ";to-tag=1;from-tag=2", "a;to-tag=1", "a;from-tag=1", "a b;to-tag=1;from-tag=2",
     "a;to-tag=1;to-tag=2;from-tag=3", 'a;to-tag="1";from-tag=2', "a;to-tag;from-tag=2"],
)  # fmt: skip
def test_what_names_no_dialog_is_refused(text: str) -> None:
    with pytest.raises(MalformedSip):
        parse_replaces(text)


def test_two_of_them_and_one_in_another_method_are_refused() -> None:
    twice = Headers([("Replaces", "a;to-tag=1;from-tag=2")] * 2)
    for request in (Request("INVITE", "sip:a@b", twice), Request("BYE", "sip:a@b", Headers(list(twice)[:1]))):
        with pytest.raises(MalformedSip):
            read_replaces(request)


def test_a_refer_to_carries_it_escaped() -> None:
    uri = parse_name_addr("<sip:b@c?Replaces=090459243588173445%3Bto-tag%3D7m2n3%3Bfrom-tag%3Dab12&X=1>").uri
    assert replaces_in(uri) == Replaces("090459243588173445", "7m2n3", "ab12")
    assert replaces_in(parse_name_addr("<sip:b@c>").uri) is None
    with pytest.raises(MalformedSip):
        replaces_in(parse_name_addr("<sip:b@c?replaces=a&Replaces=b>").uri)


# --- between user agents ------------------------------------------------------------------------------------


@pytest.fixture
def three(net):
    return tuple(net.agent(f"127.0.0.{n}") for n in (2, 3, 4))


def named(net, a, early: str = "") -> str:
    """The dialog a and b have by now, as b sees it."""
    [to] = [m.headers.first("to") for m in net.messages(net.b) if isinstance(m, Response) and m.status > 100][
        -1:
    ]
    invite = next(m for m in net.messages(a) if isinstance(m, Request))
    tags = [parse_name_addr(value or "").tag for value in (to, invite.headers.first("from"))]
    return f"{invite.headers.first('call-id')};to-tag={tags[0]};from-tag={tags[1]}{early}"


def call(net, three, *, answered: bool) -> str:
    """a calls b, which rings and may answer; the leg at b."""
    a, net.b, _ = three
    net.invite(a, net.b)
    net.deliver()
    leg = net.told[net.b][0].leg
    net.do(net.b, lambda agent: agent.ring(leg, net.now))
    if answered:
        net.do(net.b, lambda agent: agent.accept(leg, ANSWER, net.now))
    net.deliver()
    return leg


def replace_by(net, who, where, replaces: str) -> ev.Match | None:
    """`who` calls `where` with it; what that made of it."""
    net.invite(who, where, "new", headers=(("Replaces", replaces), ("Require", "replaces")))
    net.deliver()
    found = [event for event in net.told[where] if isinstance(event, ev.InviteReceived)]
    return found[-1].replaces if found else None


def test_an_answered_dialog_is_found_by_its_tags(net, three) -> None:
    leg = call(net, three, answered=True)
    assert replace_by(net, three[2], net.b, named(net, three[0])) == ev.Match(leg)


def test_answered_it_is_not_replaced_where_only_an_early_one_was_meant(net, three) -> None:
    leg = call(net, three, answered=True)
    assert replace_by(net, three[2], net.b, named(net, three[0], ";early-only")) == ev.Match(leg, 486)


def test_an_early_dialog_is_replaced_only_at_the_side_that_began_it(net, three) -> None:
    leg = call(net, three, answered=False)
    assert replace_by(net, three[2], net.b, named(net, three[0])) == ev.Match(leg, 481)


def test_whoever_began_an_early_dialog_has_it_replaced(net, three) -> None:
    a, _, c = three
    call(net, three, answered=False)
    call_id, to_tag, from_tag = named(net, a).split(";")
    seen_by_a = f"{call_id};to-tag={from_tag[9:]};from-tag={to_tag[7:]}"
    assert replace_by(net, c, a, seen_by_a) == ev.Match("out")


def test_wrong_tags_name_nobody(net, three) -> None:
    call(net, three, answered=True)
    call_id, to_tag, _ = named(net, three[0]).split(";")
    assert replace_by(net, three[2], net.b, f"{call_id};{to_tag};from-tag=wrong") == ev.Match("", 481)


def test_a_dialog_that_is_ending_is_declined(net, three) -> None:
    leg = call(net, three, answered=True)
    name = named(net, three[0])
    net.do(net.b, lambda agent: agent.hang_up(leg, net.now))
    net.lose()
    assert replace_by(net, three[2], net.b, name) == ev.Match(leg, 603)


def test_two_replaces_are_a_bad_request(net, three) -> None:
    _, b, c = three
    one = ("Replaces", "a;to-tag=1;from-tag=2")
    net.invite(c, b, "new", headers=(one, one))
    net.deliver()
    assert net.told[b] == []
    assert isinstance(net.last(c), ev.Refused)
    assert net.last(c).status == 400


def test_a_refer_tells_which_leg_of_ours_it_names(net, three) -> None:
    a, b, _ = three
    leg = call(net, three, answered=True)
    name = named(net, a)
    net.invite(a, b, "two")
    net.deliver()
    other = net.told[b][-1].leg
    net.do(b, lambda agent: agent.accept(other, ANSWER, net.now))
    net.deliver()
    dialog = net.agents[a].dialog("two")
    refer_to = f"<sip:x@y?Replaces={name.replace(';', '%3B').replace('=', '%3D')}>"
    request = dialog.request(
        "REFER", "SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKr", headers=[("Refer-To", refer_to)]
    )[1]
    [told] = net.feed(b, request.encode(), a)
    assert (told.leg, told.match) == (other, ev.Match(leg))
    assert told.replaces == parse_replaces(name)
