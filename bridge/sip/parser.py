"""Bytes of one datagram -> one SIP message (RFC 3261 §7, §18.3), or one documented refusal.

A message that leaves here has a good start line, one each of From, To, Call-ID and CSeq, and at least one
Via, all of which their readers in `grammar` accept; no value in it can break out of its line when written
again. What else it means is for others. Refusals are MalformedSip with a label in `part`; when enough was
readable to answer, `request` holds what an answer needs and `sip_status` says which (400, 505).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NoReturn

from bridge.errors import MalformedSip, WrongSipVersion
from bridge.sip.grammar import is_token, parse_cseq, parse_name_addr, parse_via, split_commas
from bridge.sip.message import Headers, Request, Response, long_name
from bridge.sip.tokens import CACHE
from bridge.sip.uri import read_uri

MAX_MESSAGE: Final = 65_535
"""Bytes; RFC 3261 §18.1.1 wants datagrams up to the UDP maximum to be handled."""
MAX_LINE: Final = 8_192
"""Characters of one unfolded header line; the longest real ones (Identity, Record-Route) stay below 4 KiB."""
MAX_HEADERS: Final = 200
"""Header lines; a call through twenty proxies has some eighty."""

_SINGLE: Final = ("from", "to", "call-id", "cseq")
_ECHOED: Final = ("via", *_SINGLE)
"""What a response copies from its request (RFC 3261 §8.2.6.2)."""
_REQUEST_LINE: Final = re.compile(r"(\S+) (\S+) SIP/([0-9]+\.[0-9]+)", re.I)
_STATUS_LINE: Final = re.compile(r"SIP/([0-9]+\.[0-9]+) ([1-6][0-9]{2})(?: (.*))?", re.I | re.S)
_STARTS: Final = re.compile(r" SIP/[0-9]+\.[0-9]+[ \t]*$", re.I)
_FOLD: Final = re.compile(r"\r\n[ \t]+")
_CONTROLS: Final = bytes(code for code in (*range(32), 127) if code not in b"\t\r\n")
_BARE_CONTROL: Final = re.compile(rf"(?<!\\)[{re.escape(_CONTROLS.decode())}]")
_DIGITS: Final = re.compile(r"[0-9]{1,10}")
_CALL_ID: Final = re.compile(r"[^\s\x00-\x20\x7f]+")
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ufffd]")


def is_keepalive(data: bytes) -> bool:
    """Whether a datagram only holds a NAT open: empty, line ends (RFC 5626 §3.5.1), or old phones' NULs."""
    return not data.strip(b"\r\n\0 ")


def parse_message(data: bytes, *, stream: bool = False) -> Request | Response:
    """The message in one datagram, cut at Content-Length, or one that a stream was cut into at it: there it
    must have one (RFC 3261 §18.3). Raises MalformedSip."""
    if len(data) > MAX_MESSAGE:
        raise MalformedSip(f"a message of {len(data)} bytes", "size")
    head, end, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    try:
        return _read(head, end, body, stream=stream)
    except MalformedSip as error:
        error.request = _salvage(head)
        if error.request is not None and not _is_readable(error.request.headers):
            error.readable = False
        raise


def _read(head: bytes, end: bytes, body: bytes, *, stream: bool) -> Request | Response:
    if not end:
        raise MalformedSip("no empty line after the headers", "end")
    start, headers = _read_head(head)
    body = _cut(body, headers, stream=stream)
    found = _REQUEST_LINE.fullmatch(start)
    return _read_request(found, headers, body) if found else _read_response(start, headers, body)


def _read_head(head: bytes) -> tuple[str, Headers]:
    """The start line and the headers."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        raise MalformedSip(f"not UTF-8 at byte {error.start}", "encoding") from error
    breaks = text.count("\r\n")
    if text.count("\r") != breaks or text.count("\n") != breaks:
        raise MalformedSip("a CR or LF that ends no line", "line-end")
    if len(head.translate(None, _CONTROLS)) != len(head) and _BARE_CONTROL.search(text):
        raise MalformedSip("a control character that is not quoted", "control")
    start, _, rest = text.partition("\r\n")
    if len(start) > MAX_LINE:
        raise MalformedSip(f"a start line of {len(start)} characters", "start-line")
    return start, _read_lines(rest)


def _read_lines(text: str) -> Headers:
    """Header lines, unfolded (§7.3.1)."""
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.split("\r\n")
    if len(lines) > MAX_HEADERS:
        raise MalformedSip(f"{len(lines)} headers", "headers")
    if len(text) > MAX_LINE and max(map(len, lines)) > MAX_LINE:
        raise MalformedSip(f"a header line of more than {MAX_LINE} characters", "header-size")
    items: list[tuple[str, str]] = []
    index: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        known = _header_name(name) if colon else None
        if known is None:
            raise MalformedSip(f"not a header: {line[:60]!r}", "header")
        written, key = known
        value = value.strip(" \t")
        items.append((written, value))
        if key in index:
            index[key].append(value)
        else:
            index[key] = [value]
    return Headers.indexed(items, index)


@lru_cache(CACHE)
def _header_name(text: str) -> tuple[str, str] | None:
    """A header's name as written and in its long lower-case form; None when it is no token."""
    name = text.rstrip(" \t")
    return (name, long_name(name)) if is_token(name) else None


def _read_request(found: re.Match[str], headers: Headers, body: bytes) -> Request:
    method, uri, version = found.groups()
    if version != "2.0":
        raise WrongSipVersion(f"SIP version {version[:10]}", "version")
    if not is_token(method):
        raise MalformedSip(f"not a method: {method[:60]!r}", "start-line")
    _check(headers, method, uri)
    return Request(method, uri, headers, body)


def _read_response(start: str, headers: Headers, body: bytes) -> Response:
    found = _STATUS_LINE.fullmatch(start)
    if not found:
        raise MalformedSip(f"not a start line: {start[:60]!r}", "start-line")
    if found[1] != "2.0":
        raise WrongSipVersion(f"SIP version {found[1][:10]}", "version")
    _check(headers)
    return Response(int(found[2]), found[3] or "", headers, body)


def _check(headers: Headers, method: str | None = None, uri: str | None = None) -> None:
    """That all a message must have is there once and its reader accepts it; method and uri of a request."""
    part = "request-uri"
    try:
        if uri is not None:
            read_uri(uri)
        for part, read in _READERS.items():
            read(headers.only(part) or _not_one(headers, part))
        part = "via"
        _check_via(headers.all("via"))
        part = "max-forwards"
        _check_hops(headers.first(part))
    except MalformedSip as error:
        error.part = part
        raise
    if method is not None and parse_cseq(headers.first("cseq") or "").method != method:
        raise MalformedSip("the method in CSeq is another one", "cseq")


def _not_one(headers: Headers, part: str) -> NoReturn:
    raise MalformedSip(f"{len(headers.all(part))} of the header {part}, or an empty one", part)


def _check_via(values: list[str]) -> None:
    if not values:
        raise MalformedSip("no Via", "via")
    for value in values:
        for element in split_commas(value) if "," in value else (value,):
            parse_via(element)


def _check_hops(value: str | None) -> None:
    """Absence is tolerated: RFC 2543 elements send none (RFC 3261 §16.3 step 3)."""
    if value is not None and (not _DIGITS.fullmatch(value) or int(value) > 255):
        raise MalformedSip(f"not a Max-Forwards: {value[:20]!r}", "max-forwards")


def _check_call_id(value: str) -> None:
    if not _CALL_ID.fullmatch(value):
        raise MalformedSip(f"not a Call-ID: {value[:60]!r}", "call-id")


_READERS: Final[dict[str, Callable[[str], object]]] = {
    "from": parse_name_addr,
    "to": parse_name_addr,
    "call-id": _check_call_id,
    "cseq": parse_cseq,
}


def _cut(body: bytes, headers: Headers, *, stream: bool) -> bytes:
    """The body Content-Length counts; without one, all there is (RFC 3261 §18.3)."""
    values = headers.all("content-length")
    if not values:
        if stream:
            raise MalformedSip("no Content-Length on a stream", "content-length")
        return body
    if len(values) > 1 or not _DIGITS.fullmatch(values[0]):
        raise MalformedSip("more than one Content-Length, or not a number", "content-length")
    length = int(values[0])
    if length > len(body):
        raise MalformedSip(f"Content-Length {length}, but {len(body)} bytes came", "content-length")
    return body[:length]


def _salvage(head: bytes) -> Request | None:
    """What lets one answer a malformed request, or None; never an ACK, for none is ever answered."""
    start, _, rest = head.decode(errors="replace").partition("\r\n")
    method = start.partition(" ")[0]
    if not is_token(method) or method == "ACK":
        return None
    echoed: list[tuple[str, str]] = []
    for line in _FOLD.sub(" ", rest).split("\r\n"):
        name, _, value = line.partition(":")
        if long_name(name.rstrip(" \t")) in _ECHOED and not _UNSAFE.search(value):
            echoed.append((name.rstrip(" \t"), value.strip(" \t")))
    headers = Headers(echoed[:MAX_HEADERS])
    if not _STARTS.search(start) or headers.first("via") is None or headers.first("cseq") is None:
        return None  # this may be anything; an answer would be one more puzzle
    singles = [(part, headers.first(part) or "") for part in _SINGLE]
    kept = [(part, value) for part, value in singles if value]
    return Request(method, "", Headers([*(("Via", via) for via in headers.all("via")), *kept]))


def _is_readable(headers: Headers) -> bool:
    """Whether what was salvaged is what `open_envelope` reads."""
    try:
        for part in _SINGLE:
            _READERS[part](headers.first(part) or "")
        _check_via(headers.all("via"))
    except MalformedSip:
        return False
    return True
