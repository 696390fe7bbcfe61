"""The user agent's door: datagrams and commands in, outputs out. Everything SIP is behind it, nothing of I/O.

`receive` sorts: responses to their transactions, requests by transaction, then by dialog, then by method.
Commands are harmless when they come late: a leg that is gone, or not in the state for it, changes nothing and
puts out nothing. Not thread-safe. The caller carries out the outputs in order before anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.asking import Asker
from bridge.sip.compose import HeaderList
from bridge.sip.core import Core
from bridge.sip.dialog import Dialog
from bridge.sip.envelope import Envelope, open_envelope, spare_address
from bridge.sip.events import Discarded, HeaderTuple, Invitation, Output, Registrant, Reuse
from bridge.sip.frontdesk import FrontDesk
from bridge.sip.indialog import InDialog
from bridge.sip.info import Infos
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Address, Request
from bridge.sip.offers import Offers
from bridge.sip.parser import is_keepalive, parse_message
from bridge.sip.referral import Referrals
from bridge.sip.reliable import Reliable
from bridge.sip.session_timer import Policy
from bridge.sip.sessions import Sessions
from bridge.sip.timers import Timers
from bridge.sip.uac import Caller
from bridge.sip.uas import Callee

DEFAULT_TIMERS: Final = Timers()
NO_TIMER: Final = Policy()


class UserAgent:
    """One SIP element at one address: any number of legs, as caller and as callee.

    local: the address written into Via and Contact. new_token: unguessable, unique, made of token characters
    (RFC 3261 §19.3: at least 32 bits of chance). product: the user part of Contact, and User-Agent. others:
    our addresses over other transports than local's (TCP, TLS). session: the session timer we ask for (RFC
    4028).
    """

    def __init__(
        self,
        *,
        local: Address,
        new_token: Callable[[], str],
        product: str = "bridge",
        timers: Timers = DEFAULT_TIMERS,
        others: tuple[Address, ...] = (),
        session: Policy = NO_TIMER,
    ) -> None:
        core = self._core = Core(local, new_token, product, timers, others)
        reliable, sessions = Reliable(core), Sessions(core, session)
        self._caller, self._callee = Caller(core, reliable, sessions), Callee(core, reliable, sessions)
        self._asker, self._infos = Asker(core), Infos(core)
        self._offers, self._referrals = (
            Offers(core, self._caller, self._callee, reliable, sessions),
            Referrals(core),
        )
        indialog = InDialog(core, self._callee, reliable, self._offers, self._referrals)
        self._desk = FrontDesk(core, self._callee, indialog)

    # --- from below ---

    def receive(self, data: bytes, source: Address, now: float) -> list[Output]:
        """One datagram, or one framed message. Nothing in it can raise."""
        if is_keepalive(data):
            return []
        try:
            message = parse_message(data, stream=source.transport != "udp")
            envelope = open_envelope(message)
        except MalformedSip as error:
            self._desk.malformed(error, source)
            return self._taken()
        if isinstance(message, Request):
            if source.flow:
                self._offer_reuse(envelope, source)
            self._desk.request(message, envelope, source, now)
        elif not self._core.exchange.response(message, envelope, now):
            self._core.emit(Discarded("unmatched-response", source))
        return self._taken()

    def _offer_reuse(self, envelope: Envelope, source: Address) -> None:
        """RFC 5923 §5: only for the address the connection comes from, so that nobody draws another's calls
        to himself."""
        via = envelope.via
        if via.param("alias") is not None and via.host == source.host:
            self._core.out.append(Reuse(source, spare_address(via, source)))

    def on_timer(self, now: float) -> list[Output]:
        """Whatever is due by `now`."""
        self._core.alarms.due(now)
        return self._taken()

    def next_timer(self) -> float | None:
        """When `on_timer` has something to do next, on the scale of `now`; None: nothing waits. O(1)."""
        return self._core.alarms.next()

    def transport_error(self, to: Address, now: float) -> list[Output]:
        """The network says nobody listens at `to` (ICMP port or host unreachable, RFC 3261 §18.4)."""
        self._core.exchange.transport_error(to, now)
        return self._taken()

    def connection_lost(self, to: Address, now: float) -> list[Output]:
        """A connection with `to` that stood is gone: what was not heard there is sent anew."""
        self._core.exchange.connection_lost(to, now)
        return self._taken()

    # --- calls ---

    def invite(self, leg: str, invitation: Invitation, now: float) -> list[Output]:
        """Call somebody. Raises ValueError when the leg exists."""
        self._caller.invite(leg, invitation, now)
        return self._taken()

    def ring(
        self,
        leg: str,
        now: float,
        status: int = 180,
        reason: str = "Ringing",
        headers: HeaderList = (),
        body: bytes = b"",
        *,
        reliably: bool = False,
    ) -> list[Output]:
        """A provisional response to a call that came in, 101..199; body: early media's SDP. It is a reliable
        one (RFC 3262) where the caller wants it so, and with `reliably` where the caller can."""
        _check(status, 101, 199)
        return self._on(
            leg, lambda it: self._callee.ring(it, status, reason, now, headers, body, reliably=reliably)
        )

    def accept(self, leg: str, body: bytes, now: float, headers: HeaderList = ()) -> list[Output]:
        """Answer a call that came in with 200."""
        return self._on(leg, lambda it: self._callee.accept(it, body, now, headers))

    def refuse(
        self, leg: str, status: int, reason: str, now: float, headers: HeaderList = ()
    ) -> list[Output]:
        """Refuse a call that came in, 300..699; the leg is gone."""
        _check(status, 300, 699)
        return self._on(leg, lambda it: self._callee.refuse(it, status, reason, now, headers))

    def hang_up(self, leg: str, now: float, headers: HeaderTuple = ()) -> list[Output]:
        """End a leg by whatever its state wants: CANCEL (held back until a provisional came, §9.1), 480, BYE
        (held back until the ACK came, §15). headers: for the BYE or 480; a CANCEL takes Reason only. Nothing
        more is said of it."""
        return self._on(leg, lambda it: self._hang_up(it, now, headers))

    def _hang_up(self, leg: Leg, now: float, headers: HeaderTuple) -> None:
        if leg.leaving_with is not None:
            return
        match leg.phase:
            case Phase.CALLING | Phase.PROCEEDING:
                self._caller.give_up(leg, now, headers)
            case Phase.OFFERED | Phase.ACCEPTED:
                self._callee.give_up(leg, now, headers)
            case Phase.CONFIRMED:
                self._core.leave(leg, now, headers)

    # --- within a call ---

    def answer_offer(self, leg: str, body: bytes, now: float) -> list[Output]:
        """Accept the far end's re-INVITE or UPDATE."""
        return self._on(leg, lambda it: self._offers.answer(it, body, now))

    def refuse_offer(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Refuse it, 300..699; the session stays as it was."""
        _check(status, 300, 699)
        return self._on(leg, lambda it: self._offers.refuse(it, status, reason, now))

    def reinvite(self, leg: str, body: bytes, now: float) -> list[Output]:
        """Offer anew, at once or as soon as no other offer is open; of several waiting the last one is
        made."""
        return self._on(leg, lambda it: self._offers.make(it, body, now))

    def press(self, leg: str, digit: str, now: float) -> list[Output]:
        """A key (0-9, *, #, A-D) towards the far end by INFO."""
        return self._on(leg, lambda it: self._infos.press(it, digit, now))

    def accept_refer(self, leg: str, now: float) -> list[Output]:
        """202, and NOTIFY 100 Trying."""
        return self._on(leg, lambda it: self._referrals.accept(it, now))

    def refuse_refer(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Refuse a REFER, 300..699; the call goes on."""
        _check(status, 300, 699)
        return self._on(leg, lambda it: self._referrals.refuse(it, status, reason, now))

    def refer(self, leg: str, target: str, now: float, headers: HeaderTuple = ()) -> list[Output]:
        """Ask the far end of an answered call to call the Refer-To `target`; `ReferTold` tells of it."""
        return self._on(leg, lambda it: self._referrals.ours.refer(it, target, now, headers))

    def give_up_refer(self, leg: str) -> list[Output]:
        """Hear no more of it."""
        return self._on(leg, self._referrals.ours.give_up)

    def notify(self, leg: str, status: int, reason: str, now: float) -> list[Output]:
        """Report how the transfer stands, 100..699, also after the leg that asked for it has hung up; from
        200 on the report is the last one (RFC 3515)."""
        _check(status, 100, 699)
        found = self._core.legs.get(leg) or self._core.lingering.get(leg)
        if found is not None:
            self._referrals.notify(found, status, reason, now)
        return self._taken()

    # --- outside of calls ---

    def options(self, key: str, uri: str, to: Address, now: float) -> list[Output]:
        """Ask whether `to` lives; `OptionsAnswered(key, …)` tells."""
        self._asker.options(key, uri, to, now)
        return self._taken()

    def register(self, key: str, wish: Registrant, to: Address, now: float) -> list[Output]:
        """Register our contact with the registrar at `to`; `RegisterAnswered(key, …)` tells."""
        self._asker.register(key, wish, to, now)
        return self._taken()

    def respond(
        self, key: str, status: int, reason: str, now: float, headers: HeaderList = (), body: bytes = b""
    ) -> list[Output]:
        """Answer a RegisterReceived or RequestReceived, 100..699."""
        _check(status, 100, 699)
        server = self._core.exchange.server(key)
        if server is not None:
            self._core.exchange.respond(server, status, now, reason, headers, body)
        return self._taken()

    # --- for status pages and the journal ---

    def on_leg(self, named: Callable[[str, str], None]) -> None:
        """Have `named(leg, call_id)` called for every new leg, before its first message is put out."""
        self._core.named = named

    def legs(self) -> dict[str, Phase]:
        """Every leg and its phase."""
        return {name: leg.phase for name, leg in self._core.legs.items()}

    def transactions(self) -> int:
        """How many are alive."""
        return len(self._core.exchange)

    def dialog(self, leg: str) -> Dialog | None:
        """The leg's dialog, to be written down; None when it has none (yet)."""
        found = self._core.legs.get(leg)
        return found.dialog if found is not None else None

    def adopt(self, leg: str, dialog: Dialog) -> None:
        """Take over a confirmed dialog that another process wrote down. Raises ValueError when the leg
        exists."""
        if leg in self._core.legs:
            raise ValueError(f"leg {leg} exists")
        found = self._core.legs[leg] = Leg(leg, Phase.CONFIRMED, dialog=dialog)
        self._core.index(found, dialog)

    def rename(self, leg: str, name: str) -> list[Output]:
        """The leg is called so from now on. Raises ValueError when there is one of that name."""
        if name in self._core.legs:
            raise ValueError(f"leg {name} exists")
        found = self._core.legs.pop(leg, None)
        if found is not None:
            found.id = name
            self._core.legs[name] = found
        return self._taken()

    def _on(self, name: str, do: Callable[[Leg], None]) -> list[Output]:
        leg = self._core.legs.get(name)
        if leg is not None:
            do(leg)
        return self._taken()

    def _taken(self) -> list[Output]:
        out = self._core.out
        taken = out[:]
        out.clear()
        return taken


def _check(status: int, lowest: int, highest: int) -> None:
    """A wrong status is the caller's mistake, never a peer's."""
    if not lowest <= status <= highest:
        raise ValueError(f"status {status} is not within {lowest}..{highest}")
