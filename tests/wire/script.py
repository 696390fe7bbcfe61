"""sipp scenarios, step by step: a `Script` is what one telephone does, written down as sipp's XML.

The SIP on the wire is sipp's own (parser, retransmissions, timers); what stands here is only which message
comes when, so that a test reads from top to bottom. A step that must wait for somebody else waits for a cue:
a MESSAGE with the call's own Call-ID that the test sends to sipp (`Sipp.cue`).
"""

from __future__ import annotations

from typing import Self
from xml.sax.saxutils import escape

from tests.wire.voice import Voice

CALLER = "13906350001"
_TAG = "[pid]-[call_number]"
_KEEP = (("via", "Via", ".*"), ("from", "From", ".*"), ("to", "To", ".*"), ("cseq", "CSeq", ".*"))
"""A telephone that is called keeps these of the INVITE: what sipp calls `last_` is a cue's after a cue."""


class Script:
    """One telephone's part. called: it waits for the INVITE, else it sends it; voice: where its sound is."""

    def __init__(self, voice: Voice, *, called: bool, user: str = CALLER) -> None:
        self.voice, self.called, self.user = voice, called, user
        self._steps: list[str] = []
        self._number, self._sdp_version, self._reliable = 0, 0, False
        self._dialled, self._refer = "[service]", ""

    def xml(self) -> str:
        """The scenario."""
        names = ",".join(("whole", "contact", *(name for name, _, _ in _KEEP)))
        kept = [f'<Reference variables="{names}"/>'] if self.called else []
        kept += ['<Reference variables="rseq"/>'] if self._reliable else []
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="wire">'
        return "\n".join([head, *self._steps, *kept, "</scenario>"]) + "\n"

    # --- what it waits for --------------------------------------------------------------------------------

    def recv(self, what: int | str, *, optional: bool = False) -> Self:
        """A response (its status) or a request (its method)."""
        kind = "response" if isinstance(what, int) else "request"
        opt = ' optional="true"' if optional else ""
        return self._add(f'<recv {kind}="{what}"{opt}/>')

    def recv_reliable(self, status: int) -> Self:
        """A provisional response that wants a PRACK (RFC 3262)."""
        self._reliable = True
        ereg = '<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" check_it="true" assign_to="rseq"/>'
        return self._add(f'<recv response="{status}"><action>{ereg}</action></recv>')

    def cue(self) -> Self:
        """Wait for the test."""
        return self.recv("MESSAGE")

    def told(self) -> Self:
        """Wait for the test, which says something: it stands as [$told] in what is sent then."""
        take = '<ereg regexp=".*" search_in="hdr" header="Subject:" assign_to="told"/>'
        return self._add(f'<recv request="MESSAGE"><action>{take}</action></recv>')

    def optional_100(self) -> Self:
        """It may come or not."""
        return self.recv(100, optional=True)

    def recv_invite(self) -> Self:
        """The INVITE that starts a call; kept for the answers to it."""
        regs = [
            f'<ereg regexp="{pattern}" search_in="hdr" header="{header}:" assign_to="{name}"/>'
            for name, header, pattern in _KEEP
        ]
        contact = escape("<(sip:[^>]*)>")
        regs.append(
            f'<ereg regexp="{contact}" search_in="hdr" header="Contact:" check_it="true" '
            'assign_to="whole,contact"/>'
        )
        return self._add(f'<recv request="INVITE"><action>{"".join(regs)}</action></recv>')

    # --- what it sends ------------------------------------------------------------------------------------

    def invite(self, *headers: str, sdp: str | None = None, number: str = "[service]") -> Self:
        """The INVITE. sdp: None for the phone's own, "" for none (late offer)."""
        self._dialled = number
        body = self.sdp() if sdp is None else sdp
        return self._request("INVITE", *headers, body=body)

    def ack(self, *, sdp: str = "", number: int = 0) -> Self:
        """For a 2xx, or for the refusal just received. number: of the INVITE, where it was not the last
        request."""
        return self._request("ACK", body=sdp, number=number or self._number, retrans=False)

    def again(self) -> Self:
        """The last step once more, octet by octet."""
        return self._add(self._steps[-1])

    def ack_refusal(self) -> Self:
        """RFC 3261 §17.1.1.3: on the INVITE's own branch."""
        return self._request("ACK", number=self._number, retrans=False, branch=self._number)

    def cancel(self) -> Self:
        """Give the INVITE up."""
        return self._request("CANCEL", number=self._number, branch=self._number, to_tag=False)

    def prack(self, *, sdp: str = "") -> Self:
        """For the reliable provisional received last, answered 200."""
        return self._request("PRACK", "RAck: [$rseq] 1 INVITE", body=sdp).recv(200)

    def update(self, direction: str = "sendrecv", *headers: str) -> Self:
        """A new offer by UPDATE (RFC 3311), answered 200."""
        return self._request("UPDATE", *headers, body=self.sdp(direction)).recv(200)

    def refer(self, to: str, *headers: str, uri: str | None = None, retrans: bool = True) -> Self:
        """The key by REFER. retrans: sipp repeats it, and sends nothing else before its answer."""
        target = uri or f"<sip:{to}@hotline.example>"
        lines = (f"Refer-To: {target}", f"Referred-By: <sip:{self.user}@[local_ip]>", *headers)
        self._request("REFER", *lines, retrans=retrans)
        self._refer = self._steps[-1]
        return self

    def refer_again(self) -> Self:
        """The same REFER once more, octet by octet."""
        return self._add(self._refer)

    def reports(self, status: int, reason: str, answer: int = 200) -> Self:
        """A NOTIFY about the REFER it has taken, and what is answered."""
        state = "active;expires=60" if status < 200 else "terminated;reason=noresource"
        headers = (
            "Event: refer",
            f"Subscription-State: {state}",
            "Content-Type: message/sipfrag;version=2.0",
        )
        return self._request("NOTIFY", *headers, body=f"SIP/2.0 {status} {reason}").recv(answer)

    def info(self, digit: str) -> Self:
        """One key of the telephone, the way Cisco defined it, answered 200."""
        body = f"Signal={digit}\nDuration=160\n"
        return self._request("INFO", "Content-Type: application/dtmf-relay", body=body).recv(200)

    def reinvite(self, direction: str) -> Self:
        """Hold (sendonly) or take back (sendrecv), answered and confirmed."""
        body = self.sdp(direction)
        return self._request("INVITE", body=body).optional_100().recv(200).ack()

    def hold_as(self, sdp: str) -> Self:
        """A new offer, written by the test ("" for none), answered and confirmed."""
        self._request("INVITE", body=sdp).optional_100().recv(200)
        return self.ack(sdp="" if sdp else self.sdp("sendonly"))

    def hold_and_refer(self, to: str) -> Self:
        """The REFER before the answer to the hold is confirmed."""
        self._request("INVITE", body=self.sdp("sendonly")).optional_100().recv(200)
        hold = self._number
        return self.refer(to).recv(202).notified()._request("ACK", number=hold, retrans=False)

    def bad_reinvite(self, sdp: str, status: int = 400) -> Self:
        """A new offer that is refused so, and that confirmed."""
        return self._request("INVITE", body=sdp).optional_100().recv(status).ack_refusal()

    def bye(self) -> Self:
        """Hang up, answered 200."""
        return self._request("BYE").recv(200)

    def request(self, method: str, *headers: str, body: str = "") -> Self:
        """Any request in the dialog."""
        return self._request(method, *headers, body=body)

    def answer(
        self, status: int, reason: str, *headers: str, sdp: bool = False, body: str = "", tag: str = _TAG
    ) -> Self:
        """To the INVITE that was kept."""
        lines = [
            f"SIP/2.0 {status} {reason}", "Via:[$via]", "From:[$from]", f"To:[$to];tag={tag}",
            "Call-ID: [call_id]", "CSeq:[$cseq]", f"Contact: <sip:{self.user}@[local_ip]:[local_port]>",
            *headers,
        ]  # fmt: skip
        return self._send(lines, body or (self.sdp() if sdp else ""), retrans=status >= 200)

    def ok(self, status: int = 200, reason: str = "OK") -> Self:
        """To the request just received."""
        last = ("Via", "From", "To", "Call-ID", "CSeq")
        return self._send([f"SIP/2.0 {status} {reason}", *(f"[last_{name}:]" for name in last)], "")

    def reoffered(self) -> Self:
        """A new offer of the other side, answered, and that confirmed."""
        names = ("Via", "From", "To", "Call-ID", "CSeq")
        contact = f"Contact: <sip:{self.user}@[local_ip]:[local_port]>"
        lines = ["SIP/2.0 200 OK", *(f"[last_{name}:]" for name in names), contact]
        return self.recv("INVITE")._send(lines, self.sdp(), retrans=True).recv("ACK")

    # --- idioms -------------------------------------------------------------------------------------------

    def rings(self) -> Self:
        """Called, and ringing."""
        return self.recv_invite().answer(180, "Ringing")

    def picks_up(self) -> Self:
        """The 200, confirmed."""
        return self.answer(200, "OK", sdp=True).recv("ACK")

    def lingers(self) -> Self:
        """Hung up, it still answers what comes again."""
        return self._add('<pause milliseconds="1200"/>')

    def notified(self) -> Self:
        """A NOTIFY, answered."""
        return self.recv("NOTIFY").ok()

    def released(self) -> Self:
        """The other side hangs up."""
        return self.recv("BYE").ok()

    def connects(self) -> Self:
        """A caller's way from INVITE to conversation."""
        return self.invite().goes_through()

    def goes_through(self) -> Self:
        """The INVITE sent is answered 200, and that confirmed."""
        return self.optional_100().recv(180, optional=True).recv(200).ack()

    def gives_up(self) -> Self:
        """The INVITE sent rings, and on cue it is taken back (RFC 3261 §9.1)."""
        return self.optional_100().recv(180).cue().cancel().recv(200).recv(487).ack_refusal()

    def is_refused(self, status: int) -> Self:
        """The INVITE sent is refused so, and that confirmed."""
        return self.optional_100().recv(180, optional=True).recv(status).ack_refusal()

    def refuses(self, status: int, reason: str) -> Self:
        """Called, and says no."""
        return self.answer(status, reason).recv("ACK")

    def is_cancelled(self) -> Self:
        """Ringing, and then the other side gives up."""
        return self.recv("CANCEL").ok().refuses(487, "Request Terminated")

    def presses(self, number: str) -> Self:
        """On cue the key by REFER: taken, and told of it."""
        return self.cue().refer(number).recv(202).notified()

    def sdp(self, direction: str = "sendrecv", codecs: str = "8 101") -> str:
        """The phone's description: A-law and telephone events, at its voice's address."""
        self._sdp_version += 1
        host, port = self.voice.host, self.voice.port
        lines = [
            "v=0", f"o=- 1 {self._sdp_version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0",
            f"m=audio {port} RTP/AVP {codecs}", "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", f"a={direction}", "",
        ]  # fmt: skip
        return "\n".join(lines)

    # --- within -------------------------------------------------------------------------------------------

    def _request(
        self, method: str, *headers: str, body: str = "", number: int = 0, retrans: bool = True,
        branch: int | str = 0, to_tag: bool = True,
    ) -> Self:  # fmt: skip
        if not number:
            self._number += 1
        number = number or self._number
        place = branch or (f"{number}a" if method == "ACK" else number)
        uri = "[$contact]" if self.called else f"sip:{self._dialled}@[remote_ip]:[remote_port]"
        lines = [
            f"{method} {uri} SIP/2.0",
            "Via: SIP/2.0/[transport] [local_ip]:[local_port]"
            f";branch=z9hG4bK[pid]-[call_number]-{place};rport",
            *self._people(to_tag=to_tag), "Call-ID: [call_id]", f"CSeq: {number} {method}",
            f"Contact: <sip:{self.user}@[local_ip]:[local_port]>", "Max-Forwards: 70", *headers,
        ]  # fmt: skip
        return self._send(lines, body, retrans=retrans)

    def _people(self, *, to_tag: bool) -> tuple[str, str]:
        if self.called:
            return f"From:[$to];tag={_TAG}", "To:[$from]"
        peer = "[peer_tag_param]" if to_tag and self._number > 0 and self._steps else ""
        return (
            f"From: <sip:{self.user}@[local_ip]>;tag={_TAG}",
            f"To: <sip:{self._dialled}@[remote_ip]:[remote_port]>{peer}",
        )

    def _send(self, lines: list[str], body: str, *, retrans: bool = False) -> Self:
        kind = (
            []
            if not body or any(x.startswith("Content-Type") for x in lines)
            else ["Content-Type: application/sdp"]
        )
        text = "\n".join([*lines, *kind, "Content-Length: [len]", "", body])
        again = ' retrans="500"' if retrans else ""
        return self._add(f"<send{again}><![CDATA[\n{text}\n]]></send>")

    def _add(self, step: str) -> Self:
        self._steps.append(step)
        return self
