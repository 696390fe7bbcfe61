"""The way out for all rooms of the user agent: how we show ourselves, and requests within a dialog.

Knows how a request of ours is addressed, authorised once and repeated; nothing of which legs there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from bridge.errors import BridgeError
from bridge.sip import auth
from bridge.sip.carriage import Client, Listener, Server
from bridge.sip.compose import HeaderList, cancel_for
from bridge.sip.dialog import Dialog
from bridge.sip.envelope import COOKIE
from bridge.sip.events import Event, Output
from bridge.sip.exchange import Exchange
from bridge.sip.leg import Leg
from bridge.sip.message import Address, Response
from bridge.sip.orders import Credentials, HeaderTuple, Send
from bridge.sip.timers import Alarms, Timers
from bridge.sip.uri import write_host

UNANSWERED: Final = (401, 407)


class Home(NamedTuple):
    """How we show ourselves over one transport: the beginning and end of our Via, our Contact, a sips one."""

    via: str
    asks: str
    contact: tuple[str, str]
    secure: tuple[str, str]


def _home(product: str, home: Address) -> Home:
    where = write_host(home.host, home.port)
    transport = "" if home.transport == "udp" else f";transport={home.transport}"
    secure = "" if home.transport in {"udp", "tls"} else transport  # RFC 3261 §26.2.2: sips means TLS
    return Home(
        via=f"SIP/2.0/{home.transport.upper()} {where};branch=",
        asks=";rport" if home.transport == "udp" else ";rport;alias",
        contact=("Contact", f"<sip:{product}@{where}{transport}>"),
        secure=("Contact", f"<sips:{product}@{where}{secure}>"),
    )


class WayOut:
    """The shared state. `out` collects what the current call puts out, in order. local: our address; others:
    further ones, each of another transport."""

    def __init__(
        self,
        local: Address,
        new_token: Callable[[], str],
        product: str,
        timers: Timers,
        others: tuple[Address, ...] = (),
    ) -> None:
        self.local, self.new_token, self.timers = local, new_token, timers
        self.out: list[Output] = []
        self.alarms = Alarms()
        self.exchange = Exchange(timers, self.alarms, self.out, new_token)
        self.named: Callable[[str, str], None] = lambda _leg, _call_id: None
        """Told the Call-ID of every new leg."""
        self.product = product
        self._homes = {home.transport: _home(product, home) for home in (local, *others)}
        self._home = self._homes[local.transport]

    # --- the way out ---

    def emit(self, event: Event) -> None:
        """Tell the user."""
        self.out.append(event)

    def send(self, data: bytes, to: Address, spare: Address | None = None) -> Send:
        """Put bytes on the wire; the value can be repeated."""
        sent = Send(data, to, spare)
        self.out.append(sent)
        return sent

    def branch(self) -> str:
        """A new branch (§8.1.1.7)."""
        return f"{COOKIE}{self.new_token()}"

    def via(self, branch: str, to: Address) -> str:
        """Our Via for what goes to `to`, asking for the response along the same path (RFC 3581 §3) and, on a
        connection, for its requests too (RFC 5923 §5)."""
        home = self._homes.get(to.transport, self._home)
        return f"{home.via}{branch}{home.asks}"

    def contact(self, to: Address, uri: str = "") -> tuple[str, str]:
        """Our Contact as `to` reaches us; a sips one where the request's URI is one (RFC 5630 §5.1.1)."""
        home = self._homes.get(to.transport, self._home)
        return home.secure if uri[:5].lower() == "sips:" else home.contact

    def own_contact(self, leg: Leg) -> tuple[str, str]:
        """Our Contact within the leg's dialog."""
        dialog = leg.dialog
        return self.contact(dialog.hop, dialog.target) if dialog is not None else self._home.contact

    def reply(self, server: Server | None, status: int, now: float, *headers: tuple[str, str]) -> None:
        """Answer without a body; None has been answered already."""
        if server is not None:
            self.exchange.respond(server, status, now, headers=headers)

    # --- requests within a dialog ---

    def request(
        self,
        leg: Leg,
        method: str,
        now: float,
        then: Listener,
        headers: HeaderTuple = (),
        body: bytes = b"",
        *,
        early: str = "",
    ) -> None:
        """Send a request within the leg's dialog, or within the early one with that remote tag; `then` hears
        its final response once, after one challenge was answered with the leg's credentials. The ACKs of an
        INVITE are sent here."""
        self._request(leg, method, now, then, headers, body, early, challenged=False)

    def _request(
        self,
        leg: Leg,
        method: str,
        now: float,
        then: Listener,
        headers: HeaderTuple,
        body: bytes,
        early: str,
        *,
        challenged: bool,
    ) -> None:
        dialog = leg.dialog or leg.early.get(early)
        if dialog is None or early not in {"", dialog.remote_tag}:
            return
        branch = self.branch()
        via = self.via(branch, dialog.hop)
        dialog, request = dialog.request(method, via, headers=headers, body=body)
        if leg.dialog is None:
            leg.early[early] = dialog
        else:
            leg.dialog = dialog
        acks: list[Send] = []
        uri, number = request.uri, dialog.local_cseq

        def hear(response: Response, at: float) -> None:
            proof = None if challenged else self.proof(leg.credentials, method, uri, response)
            if proof is not None:
                self._request(leg, method, at, then, (*headers, proof), body, early, challenged=True)
            elif acks:
                self.out.append(acks[0])
            elif response.status >= 200:
                if method == "INVITE" and response.status < 300:
                    acks.append(self._accepted(leg, number, response, headers[-1:] if challenged else ()))
                then(response, at)

        client = self.exchange.request(request, branch, dialog.hop, hear, now, dialog.spare)
        if method == "INVITE":
            self.alarms.set(now + self.timers.give_up, self._press, client)

    def _press(self, client: Client, now: float) -> None:
        """A re-INVITE that was heard but isn't answered: no timer of §17 ends that, so it is cancelled."""
        if client.pending:
            self.cancel(client, (), now)
            self.alarms.set(now + self.timers.give_up, self._despair, client)

    def _despair(self, client: Client, now: float) -> None:
        if client.pending:
            self.exchange.abandon(client)
            client.listener(Response(408, "Request Timeout"), now)

    def cancel(self, client: Client, headers: HeaderList, now: float) -> None:
        """CANCEL an INVITE of ours that had a provisional (§9.1). Its own outcome means nothing: the INVITE's
        does."""
        request = cancel_for(client.request)
        for name, value in headers:
            request.headers.add(name, value)
        branch = client.key.partition(" ")[0]
        self.exchange.request(request, branch, client.to, lambda _response, _at: None, now, client.spare)

    def _accepted(self, leg: Leg, number: int, response: Response, proof: HeaderTuple) -> Send:
        """ACK the 2xx to a re-INVITE, at the target it brought (§12.2.1.2)."""
        assert leg.dialog is not None  # noqa: S101 - a leg that sent within its dialog has one
        leg.dialog = leg.dialog.refreshed(response, leg.dialog.hop)
        return self.acknowledge(leg.dialog, number, proof)

    def acknowledge(self, dialog: Dialog, number: int, headers: HeaderList = ()) -> Send:
        """ACK a 2xx (§13.2.2.4); the value is repeated when the 2xx is."""
        request = dialog.ack(number, self.via(self.branch(), dialog.hop), headers)
        return self.send(request.encode(), dialog.hop, dialog.spare)

    def bye_stray(self, dialog: Dialog, now: float) -> None:
        """End a dialog nobody wants: another branch of a forked call (§13.2.2.4)."""
        branch = self.branch()
        request = dialog.request("BYE", self.via(branch, dialog.hop))[1]
        self.exchange.request(request, branch, dialog.hop, lambda _response, _at: None, now, dialog.spare)

    def proof(
        self, credentials: Credentials | None, method: str, uri: str, response: Response
    ) -> tuple[str, str] | None:
        """The header that answers a 401 or 407 (§22); None for other responses, without credentials, or when
        no challenge is one we can answer."""
        if response.status not in UNANSWERED or credentials is None:
            return None
        asks, says = (
            ("www-authenticate", "Authorization")
            if response.status == 401
            else ("proxy-authenticate", "Proxy-Authorization")
        )
        try:
            value = auth.respond(
                response.headers.all(asks),
                method,
                uri,
                credentials.user,
                credentials.password,
                self.new_token(),
                1,
            )
        except BridgeError:
            return None
        return says, value
