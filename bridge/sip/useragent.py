"""The user agent's door: datagrams and commands in, outputs out. Everything SIP is behind it, nothing of I/O.

`receive` sorts: responses to their transactions, requests by transaction, then by dialog, then by method.
What may be asked of a leg is in `commands`. Not thread-safe. The caller carries out the outputs in order
before anything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.errors import MalformedSip
from bridge.sip.asking import Asker
from bridge.sip.commands import Commands, check_status
from bridge.sip.compose import HeaderList
from bridge.sip.core import Core
from bridge.sip.dialog import Dialog
from bridge.sip.envelope import Envelope, open_envelope, spare_address
from bridge.sip.events import Discarded, Output
from bridge.sip.frontdesk import FrontDesk
from bridge.sip.indialog import InDialog
from bridge.sip.leg import Leg, Phase
from bridge.sip.message import Address, Request
from bridge.sip.offers import Offers
from bridge.sip.orders import Registrant, Reuse
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


class UserAgent(Commands):
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
        core = Core(local, new_token, product, timers, others)
        reliable, sessions = Reliable(core), Sessions(core, session)
        caller, callee = Caller(core, reliable, sessions), Callee(core, reliable, sessions)
        offers, referrals = Offers(core, caller, callee, reliable, sessions), Referrals(core)
        super().__init__(core, caller, callee, offers, referrals)
        self._asker = Asker(core)
        self._desk = FrontDesk(core, callee, InDialog(core, callee, reliable, offers, referrals))

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
        check_status(status, 100, 699)
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
