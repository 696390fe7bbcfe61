"""The house with what the tests of routing need: cascades, addresses, channels, probes, harassing callers."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Final

from tests.peers.name_server import NameServer
from tests.peers.ports import address, free_udp
from tests.wire.house import CARRIER, House

EXCHANGE = address(3, 20)
"""Somebody else's exchange that can be asked whether it lives."""
SILENT = address(3, 21)
"""An address where somebody listens and never says a word."""
HARASSER = address(3, 22)
"""A second way in, whose callers are screened."""

TRUNKS = """\
  exchange:
    hosts: [{exchange[0]}/32]
    target: "{exchange[0]}:{exchange[1]}"
    probe_seconds: 1
  double:
    targets:
      - {{address: "{dead[0]}:{dead[1]}"}}
      - {{address: "{police[0]}:{police[1]}", priority: 1}}
  patient:
    targets:
      - {{address: "{silent[0]}:{silent[1]}"}}
      - {{address: "{police[0]}:{police[1]}", priority: 1}}
  refusing:
    targets:
      - {{address: "{pbx_two[0]}:{pbx_two[1]}"}}
      - {{address: "{police[0]}:{police[1]}", priority: 1}}
  named: {{targets: [{{address: gaj.example}}]}}
  narrow: {{target: "{police[0]}:{police[1]}", channels: 1, reserved: 1}}
  screened: {{hosts: [{harasser}/32]}}
"""


def _to(trunk: str, number: str = "110") -> dict[str, str]:
    return {"trunk": trunk, "number": number}


def _route(name: str, number: str, *to: dict[str, str], **more: Any) -> str:
    """A line of the file; YAML reads JSON. A key of the agents' unless it says otherwise."""
    rule = {"name": name, "number": number, "from": ["agents"], "platform": "110", "to": to, "key": True}
    return f"  - {json.dumps(rule | more, ensure_ascii=False)}\n"


SCREENED: Final = {"from": ["screened"], "platform": "12345", "key": False}
QUICK: Final = {"answer_within_seconds": 1}
ROUTES: Final = "".join(
    (
        _route("溢出", "2001", _to("police"), _to("pbx-two"), _to("pbx-two", "0531110")),
        _route("限时", "2002", _to("police"), _to("pbx-two"), total_seconds=1, **QUICK),
        _route("紧急多路", "2003", _to("police"), _to("pbx-two"), emergency=True),
        _route("两个地址", "2010", _to("double")),
        _route("不出声", "2011", _to("patient"), **QUICK),
        _route("答503", "2012", _to("refusing")),
        _route("域名", "2013", _to("named")),
        _route("满了", "2020", _to("narrow"), _to("pbx-two")),
        _route("直达", "2021", _to("narrow"), emergency=True, key=False, **{"from": ["carrier"]}),
        _route("探测", "2030", _to("exchange"), _to("pbx-two")),
        _route("只有一条", "2031", _to("exchange")),
        _route("骚扰", "12345", {"agent": "8001"}, **SCREENED),
        _route("紧急", "110", {"agent": "8001"}, emergency=True, **SCREENED),
    )
)
HARASSMENT: Final = """\
harassment:
  divert_to: [{agent: "8002"}]
  limit_calls: 1
  rules: [{name: 连打, number: "1380000X", calls: 2, window_seconds: 600, then: limit}]
"""


class RoutedHouse(House):
    """The house and the addresses it does not know by itself."""

    def __init__(self, folder: Path) -> None:
        self.exchange = (EXCHANGE, free_udp(EXCHANGE))
        self.mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.mute.bind((SILENT, 0))
        super().__init__(folder, more=ROUTES + HARASSMENT)
        self.names = NameServer(
            {
                ("_sip._udp.gaj.example.", "SRV"): [
                    f"0 0 {self.dead[1]} dead.gaj.example.",
                    f"1 0 {self.police[1]} desk.gaj.example.",
                ],
                ("dead.gaj.example.", "A"): [self.dead[0]],
                ("desk.gaj.example.", "A"): [self.police[0]],
            }
        )
        path = folder / "bridge.yaml"
        trunks = TRUNKS.format(
            exchange=self.exchange, dead=self.dead, police=self.police, pbx_two=self.pbx_two,
            silent=self.mute.getsockname(), harasser=HARASSER, carrier=CARRIER,
        )  # fmt: skip
        text = path.read_text().replace("\nagents:\n", f"\n{trunks}agents:\n", 1)
        server = f'name_servers: ["127.0.0.1:{self.names.address[1]}"]'
        path.write_text(text.replace("domains: [", f"{server}, domains: [", 1))

    def stop(self) -> None:
        """Everything."""
        super().stop()
        self.mute.close()
        self.names.close()
