"""Kamailio as the exchange we register with: its registrar with digest, calls to whoever is registered."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

PATIENCE = 15.0
"""Seconds anything is waited for at the very most."""
_MODULES = ("/usr/lib/x86_64-linux-gnu/kamailio/modules/", "/usr/lib/kamailio/modules/")

_CONFIG = """\
debug=1
log_stderror=yes
fork=no
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:{host}:{port}
alias="{domain}"
mpath="{modules}"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", {seconds})
modparam("auth", "nonce_expire", 1)
request_route {{
    if (is_method("REGISTER")) {{
        if (!pv_www_authenticate("{domain}", "{password}", "0")) {{
            xlog("L_ALERT", "register challenged\\n");
            www_challenge("{domain}", "1");
            exit;
        }}
        xlog("L_ALERT", "register $au expires $hdr(Expires)\\n");
        save("location");
        exit;
    }}
    if (!lookup("location")) {{
        sl_send_reply("404", "Not Found");
        exit;
    }}
    t_relay();
}}
"""


class Kamailio:
    """One registrar for one account. seconds: the longest it grants."""

    def __init__(
        self, program: str, folder: Path, at: tuple[str, int], domain: str, password: str, seconds: int
    ) -> None:
        modules = next((path for path in _MODULES if Path(path).is_dir()), _MODULES[0])
        self.at = f"{at[0]}:{at[1]}"
        config, self._log = folder / "kamailio.cfg", folder / "kamailio.log"
        config.write_text(
            _CONFIG.format(
                host=at[0], port=at[1], domain=domain, password=password, seconds=seconds, modules=modules
            )
        )
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, "-f", str(config), "-DD", "-E", "-Y", str(folder)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=folder,
            )  # fmt: skip

    def wait(self, text: str, times: int = 1) -> None:
        """Wait for the n-th time this is in its log."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.log().count(text) >= times:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"kamailio logged no {text!r} ×{times}\n{self.log()[-4000:]}")

    def log(self) -> str:
        """What it logged."""
        return self._log.read_text(errors="replace")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
