"""A caller, an agent behind a PBX, the 110 desk and its ticket platform around a real bridge, ready for a
transfer.

Everything is on 127.0.0.0/8. One call at a time; what a bench measures it asks of the phones.
"""

from __future__ import annotations

import base64
import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from phone import Dialog, Phone
from stage import House, answering, calling, free_tcp, free_udp, house
from tickets import Platform
from wire import Wire

BRIDGE, CALLER, AGENT, DESK = "127.0.0.30", "127.0.0.31", "127.0.0.32", "127.0.0.33"
OTHERS, OTHERS_FAR = "127.0.0.34", "127.0.0.35"
"""People who have nothing to do with it."""
CALLER_MARK, AGENT_MARK, DESK_MARK = 0x11, 0x22, 0x33
CODE = "*110"

_CONFIG = """\
sip: {{listen: "{bridge}:{sip}"}}
media: {{address: {bridge}, ports: 20000-20998, spare: 64}}
api: {{listen: "127.0.0.1:{page}", trust_loopback: true}}
asr: {{enabled: {asr}}}
database: {{url: "sqlite+aiosqlite:///{{folder}}/bridge.db"}}
log: {{level: warning}}
platforms:
  "12345": {{name: 热线}}
  "110":
    name: 报警
    tickets:
      url: http://127.0.0.1:{platform}/tickets
      ticket_url: "http://127.0.0.1:{platform}/tickets/{{{{incident}}}}"
      secret_env: BENCH_TICKETS
trunks:
  carrier: {{hosts: [{caller}/32, {others}/32], target: "{caller}:{caller_port}"}}
  pbx: {{hosts: [{agent}/32], target: "{agent}:{agent_port}"}}
  far: {{hosts: [{desk}/32], target: "{desk}:{desk_port}"}}
  others: {{hosts: [{others_far}/32], target: "{others_far}:{others_port}"}}
agents:
  "8001": {{name: 话务员甲, platform: "12345", trunk: pbx}}
routes:
  - {{name: 来话, number: "12345", from: [carrier], platform: "12345", to: [{{agent: "8001"}}]}}
  - {{name: 别的, number: "12333", from: [carrier], platform: "12345", to: [{{trunk: others}}]}}
  - name: 转110
    number: "110"
    from: [agents, pbx]
    platform: "110"
    to: [{{trunk: far, number: "110"}}]
    key: true
    feature_code: "{code}"
"""
_SECRETS = {"BENCH_TICKETS": "whsec_" + base64.b64encode(bytes(32)).decode()}
"""Nobody verifies it here."""


@dataclass
class Scene:
    """The people, their wire and the house between them."""

    wire: Wire
    caller: Phone
    agent: Phone
    desk: Phone
    platform: Platform
    house: House
    page: int
    sip: int
    others_port: int

    @contextmanager
    def other_calls(self, rate: int) -> Iterator[None]:
        """Other people call meanwhile, so many a second."""
        folder, bridge = self.house.folder, f"{BRIDGE}:{self.sip}"
        with answering(OTHERS_FAR, self.others_port, folder), calling(OTHERS, bridge, "12333", rate, folder):
            yield

    def connect(self, speech: list[bytes] | None = None) -> None:
        """Caller and agent talk. speech: what the caller says, in frames of G.711."""
        self.desk.dialog, self.agent.dialog = Dialog("", ""), Dialog("", "")
        self.caller.call("12345")
        self.wire.until(lambda: "200 INVITE" in self.caller.dialog.got, "answer to the caller")
        self.wire.until(lambda: "ACK" in self.agent.dialog.got, "ACK at the agent")
        self.caller.talk(speech)
        self.agent.talk()
        self.wire.until(lambda: self.caller.voice and self.agent.voice, "voice between caller and agent")

    def rung(self) -> int:
        """Wait for the INVITE at the desk; when it was there."""
        self.wire.until(lambda: "INVITE" in self.desk.dialog.got, "INVITE at the desk")
        return self.desk.dialog.got["INVITE"].at

    def acknowledged(self) -> int:
        """Wait for the 204 to the ticket that the INVITE names (User-to-User, RFC 7433); when it was sent."""
        octets = bytes.fromhex(self.desk.dialog.got["INVITE"]["user-to-user"].split(";")[0])
        incident, known = octets[1:].decode().removeprefix("incident="), self.platform.acknowledged
        self.wire.until(lambda: incident in known, "ticket at the platform")
        return known[incident]

    def end(self) -> None:
        """The caller hangs up; nobody is left in the call."""
        self.agent.hush()
        self.desk.hush()
        self.caller.hang_up()
        self.wire.until(lambda: "200 BYE" in self.caller.dialog.got, "200 to the caller's BYE")
        for phone in (self.agent, self.desk):
            if phone.dialog.id:
                self.wire.until(phone.released, f"end at {phone.user}")


@contextmanager
def scene(*, asr: bool = False) -> Iterator[Scene]:
    """A bridge and its neighbours, up and warm: one call has been made and transferred."""
    with ExitStack() as stack:
        wire = Wire()
        stack.callback(wire.close)
        platform = Platform()
        stack.callback(platform.close)
        bridge, others, page = (BRIDGE, free_udp(BRIDGE)), free_udp(OTHERS_FAR), free_tcp()
        caller = Phone(wire, CALLER, "13800000000", bridge, mark=CALLER_MARK)
        agent = Phone(wire, AGENT, "8001", bridge, mark=AGENT_MARK, picks_up=True)
        desk = Phone(wire, DESK, "110", bridge, mark=DESK_MARK, rings=True)
        config = _CONFIG.format(
            bridge=BRIDGE, sip=bridge[1], page=page, asr=str(asr).lower(), platform=platform.port, code=CODE,
            caller=CALLER, caller_port=caller.port, agent=AGENT, agent_port=agent.port, desk=DESK,
            desk_port=desk.port, others=OTHERS, others_far=OTHERS_FAR, others_port=others,
        )  # fmt: skip
        running = stack.enter_context(house(config, _SECRETS))
        built = Scene(wire, caller, agent, desk, platform, running, page, bridge[1], others)
        # Our own collector's pauses would be read as gaps in the voice.
        gc.disable()
        stack.callback(gc.enable)
        _warm(built)
        yield built


def _warm(built: Scene) -> None:
    built.connect()
    built.agent.refer("110")
    built.rung()
    built.end()
