"""RFC 3261 §10.3, step by step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.routing.registrar import (
    MAX_CONTACTS,
    Accept,
    Binding,
    Bound,
    Refuse,
    Register,
    Registrar,
    Tick,
    TooBrief,
    Unbound,
    Wish,
    whereabouts,
)
from bridge.sip.message import Address
from bridge.sip.uri import parse_uri

DESK = parse_uri("sip:8001@10.0.0.9:5062")
SOFT = parse_uri("sip:8001@10.0.0.8;transport=udp;ob")
RULES = Registrar(min_expires=60, max_expires=3600)
FROM = Address("192.0.2.7", 40000)


def register(
    *wishes: Wish,
    expires: int | None = 600,
    star: bool = False,
    call_id: str = "a",
    cseq: int = 1,
    now: float = 0.0,
) -> Register:
    return Register(wishes, expires, star, call_id, cseq, FROM, now)


def bound(*events: Register) -> tuple[Binding, ...]:
    bindings: tuple[Binding, ...] = ()
    for event in events:
        bindings, _ = RULES.step(bindings, event)
    return bindings


def test_a_phone_is_bound_where_it_really_came_from() -> None:
    bindings, actions = RULES.step((), register(Wish(DESK)))
    assert bindings == (Binding(DESK, FROM, "a", 1, 600.0),)
    assert actions == (Bound(bindings[0]), Accept(((DESK, 600),)))


def test_expires_of_the_contact_goes_before_the_header_and_that_before_ours() -> None:
    assert bound(register(Wish(DESK, 120), expires=600))[0].expires_at == 120
    assert bound(register(Wish(DESK), expires=600))[0].expires_at == 600
    assert bound(register(Wish(DESK), expires=None))[0].expires_at == 3600
    assert bound(register(Wish(DESK, 2**31)))[0].expires_at == 3600


def test_too_brief_is_423_and_changes_nothing() -> None:
    before = bound(register(Wish(DESK)))
    assert RULES.step(before, register(Wish(SOFT, 59), cseq=2)) == (before, (TooBrief(60),))
    assert RULES.step((), register(Wish(DESK, 60)))[0]


def test_zero_removes_that_phone_only() -> None:
    before = bound(register(Wish(DESK), Wish(SOFT)))
    after, actions = RULES.step(before, register(Wish(DESK, 0), cseq=2, now=10))
    assert [item.contact for item in after] == [SOFT]
    assert actions == (Unbound(before[0], "removed"), Accept(((SOFT, 590),)))


def test_star_with_zero_removes_all() -> None:
    before = bound(register(Wish(DESK), Wish(SOFT)))
    after, actions = RULES.step(before, register(star=True, expires=0, cseq=2))
    assert after == ()
    assert actions == (Unbound(before[0], "removed"), Unbound(before[1], "removed"), Accept(()))


def test_star_otherwise_is_a_bad_request() -> None:
    before = bound(register(Wish(DESK)))
    for event in (
        register(star=True, expires=600, cseq=2),
        register(star=True, expires=None, cseq=2),
        register(Wish(SOFT), star=True, expires=0, cseq=2),
    ):
        after, (action,) = RULES.step(before, event)
        assert after == before
        assert isinstance(action, Refuse)
        assert action.status == 400


def test_same_call_id_needs_a_higher_cseq() -> None:
    before = bound(register(Wish(DESK), cseq=5))
    for event in (register(Wish(DESK), cseq=5), register(star=True, expires=0, cseq=4)):
        after, (action,) = RULES.step(before, event)
        assert after == before
        assert isinstance(action, Refuse)
        assert action.status == 500
    # A restarted phone has a new Call-ID and may begin at 1 again.
    assert RULES.step(before, register(Wish(DESK), call_id="b", cseq=1, now=9))[0][0].expires_at == 609


def test_a_refresh_is_not_a_new_phone() -> None:
    before = bound(register(Wish(SOFT)))
    same = parse_uri("sip:8001@10.0.0.8;ob;transport=udp")
    after, actions = RULES.step(before, register(Wish(same), cseq=2, now=300))
    assert len(after) == 1
    assert actions == (Accept(((same, 600),)),)


def test_no_contact_asks_only() -> None:
    before = bound(register(Wish(DESK)))
    after, actions = RULES.step(before, register(expires=None, cseq=2, now=100.5))
    assert (after, actions) == (before, (Accept(((DESK, 499),)),))


def test_time_ends_a_binding_even_when_the_register_is_refused() -> None:
    before = bound(register(Wish(DESK)), register(Wish(SOFT), cseq=2, now=300))
    after, actions = RULES.step(before, Tick(600))
    assert [item.contact for item in after] == [SOFT]
    assert actions == (Unbound(before[0], "expired"),)
    after, actions = RULES.step(before, register(Wish(DESK, 1), cseq=3, now=600))
    assert actions == (Unbound(before[0], "expired"), TooBrief(60))


def test_one_phone_more_puts_out_the_oldest() -> None:
    uris = [parse_uri(f"sip:8001@10.0.0.{place}") for place in range(MAX_CONTACTS + 1)]
    before = bound(*(register(Wish(uri), call_id=str(uri), now=place) for place, uri in enumerate(uris[:-1])))
    after, actions = RULES.step(before, register(Wish(uris[-1]), call_id="z", now=9))
    assert [item.contact for item in after] == uris[1:]
    assert Unbound(before[0], "replaced") in actions
    many = register(*(Wish(uri) for uri in uris), call_id="y")
    refused = RULES.step((), many)[1][0]
    assert isinstance(refused, Refuse)
    assert refused.status == 403


def test_a_place_shared_by_extensions_proves_none_of_them() -> None:
    one, two = Binding(DESK, FROM, "a", 1, 9), Binding(SOFT, ("192.0.2.7", 40001), "a", 1, 9)
    assert whereabouts({"8001": (one, two)}) == {FROM: "8001", ("192.0.2.7", 40001): "8001"}
    assert whereabouts({"8001": (one, two), "8002": (one,)}) == {("192.0.2.7", 40001): "8001"}


events = st.one_of(
    st.builds(Tick, st.just(0.0)),
    st.builds(
        lambda wishes, expires, star, call_id, cseq: register(
            *wishes, expires=expires, star=star, call_id=call_id, cseq=cseq
        ),
        st.lists(
            st.builds(
                Wish,
                st.integers(0, 5).map(lambda place: parse_uri(f"sip:8001@10.0.0.{place}")),
                st.sampled_from([None, 0, 59, 60, 99999]),
            ),
            max_size=5,
        ).map(tuple),
        st.sampled_from([None, 0, 60]),
        st.booleans(),
        st.sampled_from("ab"),
        st.integers(0, 5),
    ),
)


@given(st.lists(st.tuples(events, st.integers(0, 4000)), max_size=12))
def test_whatever_comes_the_rules_hold(sequence) -> None:
    """Never too many, never the same phone twice, never a dead one; a refusal changes nothing alive."""
    bindings, now = (), 0.0
    for timeless, wait in sequence:
        now += wait
        before, event = bindings, type(timeless)(**{**_fields(timeless), "now": now})
        bindings, actions = RULES.step(bindings, event)
        contacts = [item.contact for item in bindings]
        assert len(contacts) == len(set(contacts)) <= MAX_CONTACTS
        assert all(now < item.expires_at <= now + 3600 for item in bindings)
        if any(isinstance(action, Refuse | TooBrief) for action in actions):
            assert bindings == tuple(item for item in before if item.expires_at > now)
        elif isinstance(event, Register):
            assert isinstance(actions[-1], Accept)
            assert [contact for contact, _ in actions[-1].contacts] == contacts


def _fields(event) -> dict:
    return {name: getattr(event, name) for name in event.__slots__}
