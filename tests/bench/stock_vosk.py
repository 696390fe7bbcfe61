"""The stock vosk-server's own `asr_server.py` as a process: run as it is, from a file the environment names.

STOCK_VOSK_SERVER   path of vosk-server's websocket/asr_server.py (public source; never kept here)
STOCK_VOSK_PYTHON   an interpreter with `vosk` and a `websockets` for it; without it: ours

Its handler is of the days when `websockets` passed a path; a newer library gets it handed one.
"""

from __future__ import annotations

import inspect
import runpy
import sys
from typing import Any


def fit(websockets: Any) -> None:
    """Lets a handler of two arguments be served by a library that gives one."""
    serve = websockets.serve
    if int(getattr(websockets, "__version__", "10").split(".")[0]) < 14:
        return

    def fitted(handler: Any, *args: Any, **options: Any) -> Any:
        two = len(inspect.signature(handler).parameters) == 2
        return serve((lambda socket: handler(socket, "/")) if two else handler, *args, **options)

    websockets.serve = fitted


if __name__ == "__main__":
    import websockets

    fit(websockets)
    path = sys.argv.pop(1)
    sys.argv[0] = path
    runpy.run_path(path, run_name="__main__")
