"""What /healthz answers: what is served, by what, and how busy it is.

A bridge with several servers chooses by it (`streams` of `streams_most`, `queue_lag`) and keeps `model`,
`model_sha256`, `software` and `version` with each transcript as evidence. Fields are only ever added.

model, rate         the model's name and its own sample rate in Hz
model_sha256        SHA-256 of am/final.mdl, hex
phrases             whether a client's phrase_list has an effect (there is a look-ahead graph)
software            what decodes, with its version: "vosk 0.3.45"
version             this server's own version
threads             decoding threads
allocator           "jemalloc" | "libc": slower, see `asr.allocator`
streams             clients now connected; `streams_most`: how many there is room for
gated               whether silence and tones are left out of decoding
state               "ok" | "thinned" (interim results come more seldom) | "behind" (answers come late)
queue_lag           seconds audio waits here before it is decoded (all streams, smoothed over a second)
partial_interval    seconds of audio from one interim result to the next, now; 0: with every message

Counted since the start: streams_total, and how they ended other than as agreed, each once: bad_total (a
message that breaks our protocol or WebSocket's, or is above 1 MiB), vanished_total (the client went, or was
lost, before its last answer), failed_total (the recogniser broke). refused_total: no room; late_total: pieces
that waited above 1 s; audio_seconds came, heard_seconds of them were decoded, in decode_seconds, after
wait_seconds; longest_wait.
"""

from __future__ import annotations

import dataclasses
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from asr.allocator import allocator
from asr.worker import LATE, Worker

PACKAGE: Final = "bridge-12345-110"


def health(worker: Worker) -> dict[str, object]:
    """The answer of /healthz, as above."""
    engine, now = worker.engine, time.monotonic()
    lag, interval = worker.pace.lag(now), worker.pace.interval(now)
    return {
        "model": engine.name,
        "rate": engine.rate,
        "model_sha256": engine.sha256,
        "phrases": engine.phrases,
        "software": engine.software,
        "version": own_version(),
        "threads": worker.threads,
        "allocator": allocator(),
        "streams_most": worker.most,
        "gated": worker.gated,
        "state": "behind" if lag > LATE else "thinned" if interval else "ok",
        "queue_lag": round(lag, 3),
        "partial_interval": interval,
        **dataclasses.asdict(worker.counts),
    }


def own_version() -> str:
    """This package's version; "unknown" in a checkout that is not installed."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "unknown"
