"""Kamailio as somebody else's exchange: it says that it lives, and that everybody there is busy."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PATIENCE = 20.0
_CONFIG = """\
#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:{host}:{port}
loadmodule "sl.so"
request_route {{
    if (method == "OPTIONS") {{
        sl_send_reply("200", "OK");
        exit;
    }}
    if (method == "INVITE") {{
        sl_send_reply("486", "Busy Here");
    }}
}}
"""


class Exchange:
    """at: where it listens."""

    def __init__(self, program: str, folder: Path, at: tuple[str, int]) -> None:
        config = folder / "kamailio.cfg"
        config.write_text(_CONFIG.format(host=at[0], port=at[1]))
        self._errors = folder / "kamailio.errors"
        argv = [program, "-f", str(config), "-DD", "-E", "-Y", str(folder), "-m", "16", "-M", "4"]
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(argv, stdout=errors, stderr=errors)
        self._wait(at)

    def stop(self) -> None:
        """Gone at once; harmless when repeated."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self, at: tuple[str, int]) -> None:
        from tests.wire.sipp import bound  # noqa: PLC0415  peers are used by other rooms too

        end = time.monotonic() + PATIENCE
        while not bound(at):
            assert self.process.poll() is None, self._errors.read_text()
            assert time.monotonic() < end, f"kamailio does not listen: {self._errors.read_text()}"
            time.sleep(0.01)
