"""One harness under libFuzzer: `python -m tests.fuzz.one TARGET [its options and folders]`. It ends the
process."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["bridge"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
