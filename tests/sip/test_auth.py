"""Digest on both sides: the RFCs' own examples, every refusal, and that we let ourselves in."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BadCredentials
from bridge.sip.auth import (
    STRENGTH,
    NonceCounts,
    NonceState,
    Verdict,
    challenge,
    ha1,
    make_nonce,
    nonce_state,
    respond,
    verify,
)
from bridge.sip.grammar import parse_challenge

SECRET = b"a secret of this bridge"
NOW = 1_700_000_000.5
REALM = "bridge"
URI = "sip:12345@bridge.example"


def always(state: NonceState):
    return lambda nonce: state


def judge(header: str, method: str = "REGISTER", **other) -> Verdict:
    """Verify with Alice's password known and her nonce good, unless told otherwise."""
    known = {"alice": "wonder"}
    wanted = {"realm": REALM, "uri": URI, "state": always("fresh"), "counts": NonceCounts()} | other

    def ha1_of(user: str, algorithm: str) -> str | None:
        return ha1(user, REALM, known[user], algorithm) if user in known else None

    return verify(header, method, ha1_of, **wanted)


def credentials(
    algorithm: str = "SHA-256", user: str = "alice", password: str = "wonder", nc: int = 1
) -> str:
    return respond([challenge(REALM, "n", algorithm)], "REGISTER", URI, user, password, "c", nc)


def changed(name: str, value: str | None) -> str:
    """Alice's credentials with one parameter changed, or gone."""
    _, params = parse_challenge(credentials())
    params[name] = value or ""
    if value is None:
        del params[name]
    return "Digest " + ", ".join(f'{key}="{text}"' for key, text in params.items())


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: str, response: str) -> None:
    offered = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
        'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    scheme, params = parse_challenge(
        respond([offered], "GET", "/dir/index.html", "Mufasa", "Circle of Life", cnonce, 1)
    )
    assert scheme == "digest"
    assert params["response"] == response
    assert params["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
    assert (params["algorithm"], params["nc"], params["qop"]) == (algorithm, "00000001", "auth")


def test_the_example_of_rfc_2617() -> None:
    offered = (
        'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    )
    header = respond([offered], "GET", "/dir/index.html", "Mufasa", "Circle Of Life", "0a4f113b", 1)
    assert parse_challenge(header)[1]["response"] == "6629fae49393a05397450978507c4ef1"
    assert ha1("Mufasa", "testrealm@host.com", "Circle Of Life", "MD5") == "939e7578ed9e3c518a452acee763bce9"


@pytest.mark.parametrize("algorithm", STRENGTH)
def test_who_knows_the_password_is_let_in(algorithm: str) -> None:
    assert judge(credentials(algorithm)) == Verdict("alice", None)
    assert judge(credentials(algorithm, password="wrong")) == Verdict("alice", "wrong-password")
    assert judge(credentials(algorithm, user="mallory")) == Verdict("mallory", "unknown-user")


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        ("", "malformed"),
        ("Basic YTpi", "malformed"),
        ('Basic username="alice"', "malformed"),
        (changed("response", None), "malformed"),
        (changed("username", None), "malformed"),
        (changed("nonce", None), "malformed"),
        (changed("uri", None), "malformed"),
        (changed("realm", "other"), "realm"),
        (changed("algorithm", "SHA-512"), "algorithm"),
        (changed("qop", None), "qop"),
        (changed("qop", "auth-int"), "qop"),
        (changed("cnonce", None), "qop"),
        (changed("nc", None), "qop"),
        (changed("nc", "1"), "qop"),
        (changed("nc", "0000000g"), "qop"),
        (changed("nc", "00000002"), "wrong-password"),
        (changed("cnonce", "other"), "wrong-password"),
        (changed("nonce", "other"), "wrong-password"),
        (changed("algorithm", "MD5"), "wrong-password"),
        (changed("response", "é"), "malformed"),
        (changed("response", "0"), "wrong-password"),
        (changed("uri", "sip:other@bridge.example"), "wrong-uri"),
        (changed("uri", "nothing"), "wrong-uri"),
        (changed("uri", "sip:12345@proxy.example"), "wrong-password"),
    ],
)
def test_what_is_refused(header: str, refusal: str) -> None:
    assert judge(header).refusal == refusal


def test_credentials_for_one_method_or_number_are_none_for_another() -> None:
    assert judge(credentials(), method="INVITE").refusal == "wrong-password"
    assert judge(credentials(), uri="sip:00881234@bridge.example").refusal == "wrong-uri"


@pytest.mark.parametrize(
    ("algorithm", "asked"), [("MD5-sess", "MD5"), ("SHA-256-sess", "SHA-256"), ("MD5", "MD5")]
)
def test_the_store_is_asked_for_the_plain_algorithm(algorithm: str, asked: str) -> None:
    questions = []
    verify(
        credentials(algorithm),
        "REGISTER",
        lambda user, name: questions.append((user, name)),
        realm=REALM,
        uri=URI,
        state=always("fresh"),
        counts=NonceCounts(),
    )
    assert questions == [("alice", asked)]


def test_a_proxy_may_have_rewritten_the_host() -> None:
    assert judge(credentials(), uri="sip:12345@10.0.0.1:5060").refusal is None


@pytest.mark.parametrize("state", ["stale", "forged"])
def test_stale_is_said_only_to_who_knows_the_password(state: NonceState) -> None:
    assert judge(credentials(), state=always(state)).refusal == "stale-nonce"
    assert judge(credentials(password="wrong"), state=always(state)).refusal == "wrong-password"


def test_a_weaker_algorithm_than_those_offered_is_refused() -> None:
    assert judge(credentials("MD5"), algorithms=("SHA-256",)).refusal == "algorithm"
    assert judge(credentials("SHA-256"), algorithms=("SHA-256",)).refusal is None


def test_the_nonce_count_must_rise() -> None:
    counts = NonceCounts()
    said = [judge(credentials(nc=nc), counts=counts).refusal for nc in (1, 1, 3, 2, 4)]
    assert said == [None, "replay", None, "replay", None]


def test_a_wrong_password_does_not_spend_a_count() -> None:
    counts = NonceCounts()
    judge(credentials(password="wrong", nc=9), counts=counts)
    assert judge(credentials(nc=1), counts=counts).refusal is None


def test_counts_forget_the_oldest_nonce_first() -> None:
    counts = NonceCounts(limit=2)
    assert all(counts.rises(nonce, 5) for nonce in "abc")
    assert [counts.rises(nonce, 5) for nonce in "bca"] == [False, False, True]
    assert not counts.rises("x", 0)


def test_the_strongest_challenge_we_know_is_answered() -> None:
    offered = [
        'Digest realm="r", nonce="0", qop="auth", algorithm=SHA-512-256',
        "not a challenge,,",
        'Basic realm="r"',
        'Digest realm="r", nonce="1", qop="auth", algorithm=MD5',
        'Digest realm="r", nonce="2", qop="auth-int , auth", algorithm=sha-256',
    ]
    for order in (offered, offered[::-1]):
        params = parse_challenge(respond(order, "INVITE", URI, "a", "b", "c", 1))[1]
        assert (params["algorithm"], params["nonce"]) == ("SHA-256", "2")


@pytest.mark.parametrize(
    "offered",
    [
        [],
        ['Digest realm="r", nonce="1"'],  # RFC 2069
        ['Digest realm="r", nonce="1", qop="auth-int"'],
        ['Digest realm="r", qop="auth"'],
        ['Digest nonce="r", qop="auth"'],
        ['Digest realm="r", nonce="1", qop="auth", algorithm=AKAv1-MD5'],
        ['Basic realm="r"'],
    ],
)
def test_no_challenge_we_can_answer(offered: list[str]) -> None:
    with pytest.raises(BadCredentials):
        respond(offered, "INVITE", URI, "a", "b", "c", 1)


def test_a_challenge_says_stale_only_when_it_is() -> None:
    assert challenge("a b", "n", "MD5") == 'Digest realm="a b", nonce="n", algorithm=MD5, qop="auth"'
    assert parse_challenge(challenge("r", "n", "MD5", stale=True))[1]["stale"] == "true"


@pytest.mark.parametrize(
    ("age", "state"),
    [(0, "fresh"), (300, "fresh"), (301, "stale"), (-0.9, "fresh"), (-60, "stale"), (1e6, "stale")],
)
def test_a_nonce_has_its_time(age: float, state: str) -> None:
    assert nonce_state(make_nonce(SECRET, NOW, "5a17"), SECRET, int(NOW) + age, 300) == state


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_nonce_is_ours_to_the_letter(at: int, char: str) -> None:
    nonce = make_nonce(SECRET, NOW, "5a17")
    at %= len(nonce)
    forged = nonce[:at] + char + nonce[at + 1 :]
    assert (nonce_state(forged, SECRET, NOW, 300) == "fresh") == (forged == nonce)


@given(st.text() | st.text("0123456789abcdef.", max_size=60))
def test_a_strangers_nonce_is_forged(nonce: str) -> None:
    assert nonce_state(nonce, SECRET, NOW, 300) == "forged"


def test_a_nonce_of_another_secret_is_forged() -> None:
    assert nonce_state(make_nonce(b"other", NOW, "5a17"), SECRET, NOW, 300) == "forged"


def test_an_algorithm_we_do_not_know_has_no_ha1() -> None:
    with pytest.raises(KeyError):
        ha1("a", "r", "p", "CRC32")


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(WORDS, WORDS, WORDS, st.sampled_from(STRENGTH), st.integers(1, 2**32 - 1))
def test_both_our_sides_agree(user: str, password: str, realm: str, algorithm: str, nc: int) -> None:
    nonce = make_nonce(SECRET, NOW, "5a17")
    header = respond([challenge(realm, nonce, algorithm)], "INVITE", URI, user, password, "c0ffee", nc)
    state = functools.partial(nonce_state, secret=SECRET, now=NOW, lifetime=300)
    verdict = verify(
        header,
        "INVITE",
        lambda name, algo: ha1(name, realm, password, algo),
        realm=realm,
        uri=URI,
        state=state,
        counts=NonceCounts(),
    )
    assert verdict == Verdict(user, None)


@given(st.text(max_size=80) | st.text('",=\\ Digestnoc\t', max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for header in (text, f"Digest {text}", f"{credentials()}, {text}"):
        verdict = judge(header)
        assert verdict.refusal is not None or verdict.user == "alice"
