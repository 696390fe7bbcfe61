"""REFER read and NOTIFY written (RFC 3515, RFC 3892, RFC 4488)."""

from __future__ import annotations

import pytest

from bridge.errors import MalformedSip
from bridge.sip.message import Headers, Request
from bridge.sip.refer import Subscription, read_refer, sipfrag, wants_reports


def refer(*headers: tuple[str, str]) -> Request:
    return Request("REFER", "sip:b@127.0.0.1", Headers(headers))


def test_refer_to_and_referred_by() -> None:
    address, by = read_refer(refer(("r", "110 <sip:110@127.0.0.1?Replaces=x>"), ("b", "<sip:8001@x>")))
    assert (address.uri.user, address.uri.headers, by) == ("110", "Replaces=x", "<sip:8001@x>")
    assert read_refer(refer(("Refer-To", "<tel:110>")))[1] is None


def test_headers_without_brackets_are_the_uris_as_baresip_writes_them() -> None:
    address, _ = read_refer(refer(("Refer-To", "sip:110@x?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2")))
    assert (address.uri.user, address.uri.headers) == ("110", "Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Refer-To", "<sip:a@x>"), ("Refer-To", "<sip:b@x>")),
        (("Refer-To", "<sip:a@x>, <sip:b@x>"),),
        (("Refer-To", "nobody"),),
    ],
)
def test_anything_but_one_refer_to_is_malformed(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(MalformedSip):
        read_refer(refer(*headers))


def test_a_final_report_ends_the_subscription() -> None:
    first, second = Subscription(None, 400.0), Subscription(17, 400.0)
    assert dict(first.headers(180, 100.0))["Subscription-State"] == "active;expires=300"
    assert dict(first.headers(180, 100.0))["Event"] == "refer"
    assert dict(second.headers(503, 100.0))["Subscription-State"] == "terminated;reason=noresource"
    assert dict(second.headers(503, 100.0))["Event"] == "refer;id=17"
    assert sipfrag(180, "Ringing") == b"SIP/2.0 180 Ringing\r\n"


@pytest.mark.parametrize(
    ("value", "wants"), [(None, True), ("true", True), ("false", False), (" FALSE", False)]
)
def test_refer_sub(value: str | None, wants: bool) -> None:
    assert wants_reports(refer(*([("Refer-Sub", value)] if value else []))) is wants
