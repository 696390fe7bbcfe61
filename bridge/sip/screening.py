"""Whether a request may be looked at further: method, Request-URI, hops and extensions (RFC 3261 §8.2.1,
§8.2.2).

Pure: a request in, a refusal or None out.
"""

from __future__ import annotations

from typing import Final

from bridge.sip.core import ALLOW, EXTENSIONS, METHODS
from bridge.sip.grammar import split_commas
from bridge.sip.message import Request

Refusal = tuple[int, tuple[tuple[str, str], ...]]

SCHEMES: Final = frozenset({"sip", "sips", "tel"})
FORWARDED: Final = frozenset({"INVITE", "REFER", "REGISTER"})
"""Methods that may make us send a request of our own: a loop of such must end (RFC 7332 §4.1)."""


def screen(request: Request) -> Refusal | None:
    """The status and headers to refuse it with, or None."""
    method, headers = request.method, request.headers
    if method not in METHODS:
        return 405, (ALLOW,)
    if request.uri.partition(":")[0].lower() not in SCHEMES:
        return 416, ()
    if method in FORWARDED and headers.first("max-forwards") == "0":
        return 483, ()
    if method == "INVITE" and (accepts := headers.all("accept")) and not _takes_sdp(accepts):
        return 406, ()
    if method != "INVITE" and headers.first("replaces") is not None:  # RFC 3891 §3
        return 400, ()
    if method != "CANCEL":  # §8.2.2.3: a Require in a CANCEL is ignored
        unknown = unknown_extensions(request)
        if unknown:
            return 420, tuple(("Unsupported", tag) for tag in unknown)
    return None


def _takes_sdp(accepts: list[str]) -> bool:
    """Whether one who calls understands what we would answer with (§20.1, RFC 4475 §3.3.15)."""
    types = {each.partition(";")[0].strip().lower() for line in accepts for each in split_commas(line)}
    return not types or bool(types & {"application/sdp", "application/*", "*/*"})


def unknown_extensions(request: Request) -> list[str]:
    """Option tags in Require that we don't know."""
    tags = [tag for line in request.headers.all("require") for tag in split_commas(line)]
    return [tag for tag in tags if tag.lower() not in EXTENSIONS]
