"""What a three-way conversation costs in the media process: each of the three hears the sum of the others.

The same telephones and the same clock as the relay's bench (`relay_bench`), in 66 conversations of three.
"""

from __future__ import annotations

from typing import Any

from relay_bench import CALLS, relay

CONFERENCES = 2 * CALLS // 3


def run() -> dict[str, Any]:
    """% of a core for one conversation, in each window; the two telephones left over are a call of two."""
    measured = relay((*(3,) * CONFERENCES, 2 * CALLS - 3 * CONFERENCES))
    return {"conference_cpu": [percent / CONFERENCES for percent in measured["cpu"]]}
