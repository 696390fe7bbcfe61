"""`make fuzz`: every harness for 30 seconds of atheris, each in a process of its own; a find ends with 1.

    python -m tests.fuzz [--seconds N] [--keep] [target …]

New inputs go to var/fuzz, where the next run goes on from them; with --keep the smallest of them are
copied into tests/data/fuzz. A crashing input is written there at once: it is a test.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.fuzz.targets import TARGETS, seeds

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 30
KEPT: Final = 25
"""Inputs of one target that --keep adds."""
LONGEST: Final = 4096
"""Octets of one input: beyond a datagram's usual size only time is lost."""


def main() -> int:
    """All that were named, or all there are."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--keep", action="store_true")
    known = parser.parse_args()
    failed = [name for name in known.targets or TARGETS if not _run(name, known.seconds, keep=known.keep)]
    print("没有发现问题" if not failed else f"发现问题：{'、'.join(failed)}；输入已存进 tests/data/fuzz")
    return 1 if failed else 0


def _run(name: str, seconds: int, *, keep: bool) -> bool:
    """One target in its own process: libFuzzer ends the process it runs in."""
    corpus = ROOT / "var" / "fuzz" / name
    kept, *shared = seeds(name)
    for folder in (corpus, kept):
        folder.mkdir(parents=True, exist_ok=True)
    argv = [
        sys.executable, "-m", "tests.fuzz.one", name, f"-max_total_time={seconds}",
        f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
        f"-artifact_prefix={kept}/",
        str(corpus), str(kept), *map(str, shared),
    ]  # fmt: skip
    done = subprocess.run(argv, cwd=ROOT, check=False, capture_output=True, text=True, timeout=seconds + 120)
    lines = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    print(
        f"{name}: {lines[0].split()[-1] if lines else '?'} 次，{'好' if done.returncode == 0 else '坏'}",
        flush=True,
    )
    if done.returncode:
        print("\n".join(done.stderr.splitlines()[-40:]))
    elif keep:
        _keep(kept, corpus)
    return done.returncode == 0


def _keep(kept: Path, corpus: Path) -> None:
    """The smallest of what reached something new: enough to go on from, little enough to be kept in git."""
    smallest = sorted(corpus.iterdir(), key=lambda path: path.stat().st_size)
    for path in smallest[:KEPT]:
        shutil.copy(path, kept / path.name[:12])


if __name__ == "__main__":
    sys.exit(main())
