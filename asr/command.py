"""What the recogniser's commands share: the model's option, reading files, telling a mistake.

Exit codes everywhere: 0 done, 1 something given did not work, 2 the model is not one, 3 (`compare`) the new
model is worse. Results go to stdout, everything else to stderr; with --json an error is a line of JSON on
stdout too.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from asr.audio import Clip, read_wav
from asr.errors import AudioFileError, ModelError
from asr.trial import attempt
from asr.vosk_engine import VoskEngine

DEMO_MODEL: Final = Path(__file__).parent / "models" / "demo"
LARGEST_FILE: Final = 2**30
"""Bytes of a WAV file read at once: 18 hours at 8 kHz; above it is a mistake, not a recording of a call."""

ModelOption = Annotated[Path, typer.Option("--model", help="Vosk 模型目录")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]


def load(model: Path, *, as_json: bool = False, chunk: float | None = None) -> VoskEngine:
    """The model, or exit 2; tried in a process of its own first, so that no model can end ours."""
    try:
        attempt(model)
        return VoskEngine(model, chunk)
    except ModelError as error:
        fail(str(error), 2, as_json=as_json)


def read(file: Path) -> Clip:
    """A recording. Raises AudioFileError."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise AudioFileError("文件超过 1 GiB,请先切分")
        return read_wav(file.read_bytes())
    except OSError as error:
        raise AudioFileError(f"读不了这个文件:{error.strerror}") from error


def fail(message: str, code: int, *, as_json: bool = False) -> NoReturn:
    """Says what is wrong and exits."""
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    print(message, file=sys.stderr)
    raise typer.Exit(code)
