"""Every figure the bridge shows to Prometheus, on one page; adapters count, nobody else defines.

Labels are few and bounded: never a call, a leg or a number.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

# --- recogniser ---------------------------------------------------------------------------------------------

ASR_STREAMS: Final = Gauge("bridge_asr_streams", "Legs whose voice goes to the recogniser")
ASR_FINALS: Final = Counter("bridge_asr_finals", "Final results of the recogniser with text")
ASR_DROPPED: Final = Counter(
    "bridge_asr_dropped_seconds",
    "Voice that no recogniser heard, by why: full, lost, unheard, closed",
    ["why"],
)
ASR_TROUBLE: Final = Counter("bridge_asr_trouble", "Connections to the recogniser that failed", ["error"])
ASR_ANSWER: Final = Histogram(
    "bridge_asr_answer_seconds",
    "From a piece of voice sent to the recogniser's answer",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)
