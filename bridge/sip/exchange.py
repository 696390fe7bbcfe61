"""Transactions at work: messages, timers and the tables of `transaction` brought together.

A client transaction carries a request of ours to its final response; a server transaction carries our
responses to a request. Both keep the encoded bytes, so a repetition costs no encoding. What happens is put
out in order as `Send`s; users are told through the listener they gave. Knows nothing of dialogs or calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bridge.sip.carriage import SPENT, Client, Listener, Server, Transaction, deaf
from bridge.sip.compose import HeaderList, ack_for_failure, response_to
from bridge.sip.envelope import Envelope, merge_key
from bridge.sip.events import Output
from bridge.sip.message import Address, Request, Response
from bridge.sip.orders import Send
from bridge.sip.timers import Alarms, Timers
from bridge.sip.transaction import (
    Action,
    Event,
    State,
    of_status,
)

MAX_TRANSACTIONS: Final = 120_000
"""Each lingers some 32 s: this is 500 calls/s with two legs and room to spare, in about 300 MB."""

_STARTS: Final = {
    action: Event(action[-1])
    for action in Action
    if action.startswith("start ") and action is not Action.SLOW_E
}
_REPEATS: Final = frozenset({Event.TIMER_A, Event.TIMER_E, Event.TIMER_G})
_UNCAPPED: Final = Event.TIMER_A  # §17.1.1.2: an INVITE's interval doubles without limit


class Exchange:
    """All transactions of one user agent."""

    def __init__(
        self, timers: Timers, alarms: Alarms, out: list[Output], new_token: Callable[[], str]
    ) -> None:
        self._alarms, self._out, self._new_token, self._t2 = alarms, out, new_token, timers.t2
        self._unreliable = timers.lengths(reliable=False)
        self._reliable = timers.lengths(reliable=True)
        self._clients: dict[str, Client] = {}
        self._servers: dict[str, Server] = {}
        self._merges: dict[str, Server] = {}
        self._unheard: dict[Address, dict[str, Client]] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    @property
    def full(self) -> bool:
        """Whether new requests are to be refused."""
        return len(self) >= MAX_TRANSACTIONS

    # --- requests of ours ---

    def request(
        self,
        request: Request,
        branch: str,
        to: Address,
        listener: Listener,
        now: float,
        spare: Address | None = None,
    ) -> Client:
        """Send a request (its top Via carries `branch`) and see it through. spare: where it goes when `to` is
        a connection that is gone."""
        client = Client(request, f"{branch} {request.method}", to, spare, listener)
        self._clients[client.key] = client
        self._unheard.setdefault(to, {})[client.key] = client
        for action in client.machine.opening:
            self._act(client, action, None, now, None)
        return client

    def response(self, response: Response, envelope: Envelope, now: float) -> bool:
        """Take in a response; False when it belongs to no transaction of ours."""
        client = self._clients.get(envelope.client_key)
        if client is None:
            return False
        self._drive(client, of_status(response.status), now, response)
        if 200 <= response.status < 300:
            client.request = SPENT
        return True

    def abandon(self, client: Client) -> None:
        """Forget a transaction nobody waits for any more (§9.1: a CANCEL that nobody answered)."""
        self._move(client, State.TERMINATED)
        client.listener = deaf

    def transport_error(self, to: Address, now: float) -> None:
        """Nobody listens at `to`: requests that were not heard there end now, not after 32 s (§18.4), unless
        they have somewhere else to go."""
        for client in list(self._unheard.get(to, {}).values()):
            if client.spare is None or not self._reroute(client, client.spare):
                self._drive(client, Event.TRANSPORT_ERROR, now, None)

    def connection_lost(self, to: Address, now: float) -> None:
        """A connection that stood is gone. A request that was not heard on it is sent once more, over a new
        one: the old one may have been dead long before we wrote to it."""
        for client in list(self._unheard.get(to, {}).values()):
            other = client.spare if to.flow else to
            if other is None or not self._reroute(client, other):
                self._drive(client, Event.TRANSPORT_ERROR, now, None)

    def _reroute(self, client: Client, to: Address) -> bool:
        """Send it once more, to another address or over another connection of the same kind. False: it was
        before."""
        if client.tries or to.transport != client.to.transport:
            return False
        self._heard(client)
        client.tries, client.to, client.spare = 1, to, None
        self._unheard.setdefault(to, {})[client.key] = client
        self._out.append(Send(client.data, to))
        return True

    # --- requests of theirs ---

    def server(self, key: str) -> Server | None:
        """The server transaction of that key."""
        return self._servers.get(key)

    def merged(self, envelope: Envelope) -> bool:
        """Whether this request, which matches no transaction, is a second copy of one that does
        (§8.2.2.2)."""
        return not envelope.to_tag and merge_key(envelope) in self._merges

    def open(self, request: Request, envelope: Envelope, key: str, source: Address) -> Server:
        """A new server transaction; it waits for `respond`."""
        server = self._servers[key] = Server(request, envelope, key, source)
        if server.merge:
            self._merges[server.merge] = server
        return server

    def again(self, server: Server, now: float) -> None:
        """The request came once more."""
        self._drive(server, Event.REQUEST, now, None)

    def ack(self, server: Server, now: float) -> bool:
        """An ACK of the same branch. False: it is for our 2xx, as old peers send it, and the user's (RFC 6026
        §7.1)."""
        meant_for_user = Action.REPORT in server.machine.step(server.state, Event.ACK)[1]
        self._drive(server, Event.ACK, now, None)
        return not meant_for_user

    def respond(
        self,
        server: Server,
        status: int,
        now: float,
        reason: str = "",
        headers: HeaderList = (),
        body: bytes = b"",
    ) -> None:
        """Send a response. After a final one nothing more is sent: harmless."""
        if not server.open:
            return
        if status > 100 and not server.tag:
            server.tag = self._new_token()
        tag = server.tag if status > 100 else ""
        response = response_to(
            server.request,
            server.envelope,
            server.source,
            status,
            reason,
            tag=tag,
            headers=headers,
            body=body,
        )
        server.data = response.encode()
        self._drive(server, of_status(status), now, None)
        if status >= 200:
            server.request = SPENT

    # --- the machines ---

    def _drive(self, item: Transaction, event: Event, now: float, response: Response | None) -> None:
        state, actions = item.machine.step(item.state, event)
        if state is not item.state:
            self._move(item, state)
        for action in actions:
            self._act(item, action, event, now, response)
        if item.state is State.TERMINATED and isinstance(item, Client):
            item.listener = deaf

    def _move(self, item: Transaction, state: State) -> None:
        """Enter a state: timers it does not listen to stop."""
        item.state = state
        listens = item.machine.table[state]
        for timer in [timer for timer in item.alarms if timer not in listens]:
            self._alarms.cancel(item.alarms.pop(timer))
        if isinstance(item, Client):
            self._heard(item)
        if state is State.TERMINATED:
            self._forget(item)

    def _act(
        self, item: Transaction, action: Action, event: Event | None, now: float, response: Response | None
    ) -> None:
        if action is Action.SEND:
            if item.data:
                self._out.append(Send(item.data, item.to, item.spare))
        elif action in _STARTS:
            self._start(item, _STARTS[action], now)
        elif isinstance(item, Client):
            self._act_client(item, action, event, now, response)
        elif action is Action.BACK_OFF and event is not None:
            self._back_off(item, event, now)

    def _act_client(
        self, client: Client, action: Action, event: Event | None, now: float, response: Response | None
    ) -> None:
        if action is Action.REPORT and response is not None:
            client.listener(response, now)
        elif action is Action.SEND_ACK:
            if response is not None and not client.ack:
                client.ack = ack_for_failure(client.request, response).encode()
                client.request = SPENT
            self._out.append(Send(client.ack, client.to, client.spare))
        elif action is Action.BACK_OFF and event is not None:
            self._back_off(client, event, now)
        elif action is Action.SLOW_E:
            self._set(client, Event.TIMER_E, self._t2, now)
        elif action is Action.REPORT_TIMEOUT:
            client.listener(Response(408, "Request Timeout"), now)
        elif action is Action.REPORT_ERROR:
            client.listener(Response(503, "Service Unavailable"), now)

    def _start(self, item: Transaction, timer: Event, now: float) -> None:
        length = self._lengths(item).get(timer)
        if length is not None:
            if timer in _REPEATS:
                item.interval = length
            self._set(item, timer, length, now)

    def _back_off(self, item: Transaction, timer: Event, now: float) -> None:
        longer = 2 * item.interval
        item.interval = longer if timer is _UNCAPPED else min(longer, self._t2)
        self._set(item, timer, item.interval, now)

    def _lengths(self, item: Transaction) -> Mapping[str, float]:
        return self._unreliable if item.to.transport == "udp" else self._reliable

    def _set(self, item: Transaction, timer: Event, delay: float, now: float) -> None:
        item.alarms[timer] = self._alarms.set(now + delay, self._fire, item, timer)

    def _fire(self, item: Transaction, timer: Event, now: float) -> None:
        item.alarms.pop(timer, None)
        self._drive(item, timer, now, None)

    def _heard(self, client: Client) -> None:
        waiting = self._unheard.get(client.to)
        if waiting is not None and waiting.pop(client.key, None) is not None and not waiting:
            del self._unheard[client.to]

    def _forget(self, item: Transaction) -> None:
        if isinstance(item, Client):
            self._clients.pop(item.key, None)
        elif isinstance(item, Server):
            self._servers.pop(item.key, None)
            if self._merges.get(item.merge) is item:
                del self._merges[item.merge]
