"""Session timers in words (RFC 4028): who asks for what, what is granted, who refreshes."""

from __future__ import annotations

import pytest

from bridge.sip.message import Headers, Request, Response
from bridge.sip.session_timer import LONGEST, Lease, Policy, ask, grant, least, taken, too_short

OURS = Policy(1800, 90)
OFF = Policy()
KNOWS = ("Supported", "timer, 100rel")


def request(*headers: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:x@y", Headers([*headers]))


def response(status: int, *headers: tuple[str, str]) -> Response:
    return Response(status, "x", Headers([*headers]))


@pytest.mark.parametrize(
    ("policy", "min_se", "headers"),
    [
        (OFF, 0, ()),
        (OURS, 0, (("Session-Expires", "1800"),)),
        (Policy(1800, 120), 0, (("Session-Expires", "1800"), ("Min-SE", "120"))),
        (OURS, 3600, (("Session-Expires", "3600"), ("Min-SE", "3600"))),
    ],
)
def test_what_we_ask_for(policy: Policy, min_se: int, headers: tuple[tuple[str, str], ...]) -> None:
    assert ask(policy, min_se) == headers


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ((KNOWS, ("Session-Expires", "60")), True),
        ((KNOWS, ("x", "60;refresher=uac")), True),
        ((KNOWS, ("Session-Expires", "90")), False),
        ((("Session-Expires", "60"),), False),  # §9: a 422 is only for who would understand it
        ((KNOWS,), False),
        ((KNOWS, ("Session-Expires", "soon")), False),
    ],
)
def test_too_short_is_refused_to_who_understands(headers: tuple[tuple[str, str], ...], refused: bool) -> None:
    assert too_short(request(*headers), OURS) == ((("Min-SE", "90"),) if refused else ())


@pytest.mark.parametrize(
    ("headers", "lease", "said"),
    [
        # §9, table 2: the caller names the refresher, or we leave it to a caller that can
        (
            (KNOWS, ("Session-Expires", "600;refresher=uac")),
            Lease(600, ours=False, told=True),
            "600;refresher=uac",
        ),
        (
            (KNOWS, ("Session-Expires", "600; refresher=UAS")),
            Lease(600, ours=True, told=True),
            "600;refresher=uas",
        ),
        ((KNOWS, ("Session-Expires", "600")), Lease(600, ours=False, told=True), "600;refresher=uac"),
        ((("Session-Expires", "600"),), Lease(600, ours=True, told=True), "600;refresher=uas"),
        ((KNOWS, ("Session-Expires", "7200")), Lease(1800, ours=False, told=True), "1800;refresher=uac"),
        (
            (KNOWS, ("Session-Expires", "7200"), ("Min-SE", "3600")),
            Lease(3600, ours=False, told=True),
            "3600;refresher=uac",
        ),
        ((KNOWS,), Lease(1800, ours=True, told=True), "1800;refresher=uas"),
        ((), Lease(1800, ours=True, told=False), ""),
        ((("Session-Expires", "99999999"),), Lease(1800, ours=True, told=True), "1800;refresher=uas"),
    ],
)
def test_what_is_granted(headers: tuple[tuple[str, str], ...], lease: Lease, said: str) -> None:
    granted, answer = grant(request(*headers), OURS)
    assert granted == lease
    assert dict(answer).get("Session-Expires", "") == said
    assert ("Require" in dict(answer)) == said.endswith("uac")


def test_switched_off_we_still_keep_what_a_peer_asks_for() -> None:
    assert grant(request(KNOWS), OFF) == (None, ())
    assert grant(request(KNOWS, ("Session-Expires", "600")), OFF)[0] == Lease(600, ours=False, told=True)
    assert grant(request(("Session-Expires", "9" * 10)), OFF)[0] == Lease(LONGEST, ours=True, told=True)
    assert taken(response(200), OFF) is None


@pytest.mark.parametrize(
    ("headers", "lease"),
    [
        ((("Session-Expires", "900;refresher=uac"),), Lease(900, ours=True, told=True)),
        ((("Session-Expires", "900;refresher=uas"),), Lease(900, ours=False, told=True)),
        ((("Session-Expires", "900"),), Lease(900, ours=True, told=True)),
        ((), Lease(1800, ours=True, told=False)),
    ],
)
def test_what_a_2xx_comes_to(headers: tuple[tuple[str, str], ...], lease: Lease) -> None:
    assert taken(response(200, *headers), OURS) == lease


def test_the_least_a_422_names() -> None:
    assert least(response(422, ("Min-SE", "300;x=1"))) == 300
    assert least(response(422)) == least(response(422, ("Min-SE", "-1"))) == 0


@pytest.mark.parametrize(
    ("ours", "we_ask", "refresher"),
    [(True, True, "uac"), (True, False, "uas"), (False, True, "uas"), (False, False, "uac")],
)
def test_who_refreshes_is_said_by_roles_in_the_present_transaction(
    ours: bool, we_ask: bool, refresher: str
) -> None:
    lease = Lease(90, ours=ours, told=True)
    assert lease.header(we_ask=we_ask) == ("Session-Expires", f"90;refresher={refresher}")
    assert lease.grace == 30
