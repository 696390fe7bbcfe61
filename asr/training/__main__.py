"""`python -m asr.training build | sets | speech`: rebuild the demo model, say what measures it, say the
spoken files."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import Final

MODEL: Final = Path("asr/models/demo")
SCENES: Final = Path("tests/data/speech")
SMALL: Final = Path("tests/data/held-out")
PROMPTS: Final = Path("bridge/prompts")


def main() -> int:
    """0 done, 2 something is not installed."""
    arguments = _parser().parse_args()
    # Without this, OpenMP threads spin while they wait, which on shared cores costs a multiple of the work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if lacking := _lacking(arguments.command):
        sys.stderr.write(f"需要先安装：{lacking}\n")
        return 2
    return {"build": _build, "sets": _sets, "speech": _speech}[arguments.command](arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m asr.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="重建演示模型（几分钟）")
    build.add_argument("--out", type=Path, default=MODEL)
    sets = commands.add_parser("sets", help="合成没训练过的句子，供 python -m asr evaluate 用")
    sets.add_argument("--small", type=Path, default=SMALL, help="入库的一小套写到哪里")
    sets.add_argument("--large", type=Path, help="模型说明卡里的一大套（约 130 MB）写到哪里；不给就不写")
    sets.add_argument("--per-voice", type=int, default=6)
    speech = commands.add_parser("speech", help="重新合成演示通话和语音提示")
    speech.add_argument("--scenes", type=Path, default=SCENES)
    speech.add_argument("--prompts", type=Path, default=PROMPTS)
    return parser


def _lacking(command: str) -> str:
    """What must be installed first, in apt's and pip's words; empty when all is there."""
    import ctypes.util  # noqa: PLC0415 - only for this question
    import shutil  # noqa: PLC0415

    found = []
    if ctypes.util.find_library("espeak-ng") is None:
        found.append("apt install espeak-ng")
    if command == "build":
        if shutil.which("fstconvert") is None:
            found.append("apt install libfst-tools libfst22-plugins-base")
        if any(
            importlib.util.find_spec(name) is None for name in ("torch", "kaldifst", "kaldi_native_fbank")
        ):
            found.append("pip install '.[train]'")
    return "；".join(found)


def _build(arguments: argparse.Namespace) -> int:
    from asr.training.build import build  # noqa: PLC0415 - needs the extra [train], the other commands do not

    build(arguments.out)
    return 0


def _sets(arguments: argparse.Namespace) -> int:
    from asr.training.grammar import load  # noqa: PLC0415
    from asr.training.spoken_sets import write_large, write_small  # noqa: PLC0415

    written = [write_small(arguments.small)]
    if arguments.large:
        written.append(write_large(arguments.large, load(), arguments.per_voice))
    for path in written:
        sys.stdout.write(f"{path}\n")
    return 0


def _speech(arguments: argparse.Namespace) -> int:
    from asr.training.speech import build  # noqa: PLC0415

    for path in build(arguments.scenes, arguments.prompts):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
