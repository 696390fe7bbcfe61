"""The telephones of one test: who they are in the house's configuration, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conftest import Need
from tests.peers.lossy import Fault, Lossy
from tests.peers.ports import free_udp
from tests.wire.house import BRIDGE, CARRIER, House
from tests.wire.script import Script
from tests.wire.sipp import Sipp
from tests.wire.voice import Voice

Part = Callable[[Script], Script]
"""What a telephone does next: steps added to its script."""


class Phones:
    """Telephones and voices of one test; all gone at its end."""

    def __init__(self, program: str, folder: Path, house: House) -> None:
        self._program, self._folder, self.house = program, folder, house
        self._sipps: list[Sipp] = []
        self._voices: list[Voice] = []
        self._faults: dict[str, tuple[Fault, ...]] = {}
        self._paths: list[Lossy] = []

    def bad_network(self, who: str, *faults: Fault) -> None:
        """Between this telephone ("caller", "agent", …) and the bridge, from its start on."""
        self._faults[who] = faults

    def _path(self, name: str, outer: tuple[str, int], phone: tuple[str, int]) -> Lossy:
        bridge = (BRIDGE, self.house.sip)
        self._paths.append(Lossy(outer, phone, bridge, *self._faults.get(name, ())))
        return self._paths[-1]

    def voice(self, host: str) -> Voice:
        """A voice at this address."""
        self._voices.append(Voice(host))
        return self._voices[-1]

    def script(self, at: tuple[str, int], user: str) -> Script:
        """An empty part for a telephone that is called there."""
        return Script(self.voice(at[0]), called=True, user=user)

    def agent(self, user: str = "8001") -> Script:
        """An agent's phone behind the PBX's trunk."""
        return self.script(self.house.pbx, user)

    def desk(self) -> Script:
        """The 110 desk."""
        return self.script(self.house.police, "110")

    def caller(self, host: str = CARRIER) -> Script:
        """Whoever dials."""
        return Script(self.voice(host), called=False)

    def answering(self, name: str, script: Script) -> Sipp:
        """A telephone that waits to be called: agent… at the PBX, second… at the other, desk… at 110."""
        where = {"agent": self.house.pbx, "second": self.house.pbx_two, "desk": self.house.police}
        at = next(at for kind, at in where.items() if name.startswith(kind))
        if name in self._faults:
            at = self._path(name, at, (at[0], free_udp(at[0]))).phone
        return self._start(name, script, at)

    def over_tcp(self, script: Script) -> Sipp:
        """The 110 desk of the trunk that is reached by TCP."""
        return self._start("desk", script, self.house.police_tcp, transport="tcp")

    def calling(self, script: Script, number: str = "12345", by: str = "", transport: str = "udp") -> Sipp:
        """A telephone that dials now; by: the host and port it sends to, if not the bridge's."""
        at, to = (script.voice.host, free_udp(script.voice.host)), (BRIDGE, self.house.sip)
        if "caller" in self._faults:
            to = self._path("caller", (at[0], 0), at).inner
        return self._start("caller", script, at, by or f"{to[0]}:{to[1]}", number, transport)

    def talking(self, caller: Part, agent: Part, number: str = "12345") -> tuple[Sipp, Sipp]:
        """Caller and agent in conversation, each heard by the other; the parts are what they do then."""
        behind = self.answering("agent", agent(self.agent().rings().picks_up()))
        front = self.calling(caller(self.caller().connects()), number)
        speak(front)
        speak(behind)
        front.voice.hears(behind.voice)
        behind.voice.hears(front.voice)
        return front, behind

    def ended(self) -> None:
        """Every telephone came to its script's end."""
        for sipp in self._sipps:
            sipp.done()

    def done(self) -> None:
        """The same, and the bridge has no call left."""
        self.ended()
        self.house.quiet()

    def close(self) -> None:
        """Everything."""
        for sipp in self._sipps:
            sipp.stop()
        for path in self._paths:
            path.close()
        for voice in self._voices:
            voice.close()

    def _start(
        self,
        name: str,
        script: Script,
        at: tuple[str, int],
        to: str = "",
        number: str = "",
        transport: str = "udp",
    ) -> Sipp:
        folder = self._folder / str(len(self._sipps))
        folder.mkdir()
        self._sipps.append(Sipp(self._program, folder, name, script, at, to, number, transport))
        return self._sipps[-1]


def phones_of(house: House, need: Need, folder: Path) -> Iterator[Phones]:
    """The telephones of one test, and a fresh bridge for the next one if calls are left over."""
    phones = Phones(need("sipp", debian="sip-tester"), folder, house)
    try:
        yield phones
    finally:
        phones.close()
        if house.calls():
            house.restart()


def media_of(message: str) -> tuple[str, int]:
    """The address for voice in a message with SDP."""
    host = re.search(r"^c=IN IP4 (\S+)", message, re.MULTILINE)
    port = re.search(r"^m=audio (\d+)", message, re.MULTILINE)
    assert host is not None, message
    assert port is not None, message
    return host[1], int(port[1])


def speak(phone: Sipp, message: str = r"m=audio") -> None:
    """Let a telephone's voice speak to where the bridge's description in a received message says."""
    phone.voice.talk(media_of(phone.got(message)))
