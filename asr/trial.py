"""A model tried in a process of its own, before ours takes it in: Kaldi ends the process it is in where it
meets what it did not expect, some of it only when it decodes.

The child loads the model with each graph it has, decodes a second of noise and goes; what Kaldi wrote on the
way tells which file it was. Costs loading the model twice. For programs with one thread (a command line that
begins): it forks.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import Final

import numpy as np
import vosk

from asr.errors import ModelError
from asr.folder import STATIC, inspect
from asr.view import view
from asr.whole import AGAIN

SECONDS: Final = 120
"""For one that neither loads nor ends; the largest models take some twenty."""
REFUSED: Final = 3
"""The child's exit code where Vosk says no without ending the process."""
_SIGNS: Final = (
    ("feature dimension", "conf/mfcc.conf"),
    ("word-boundary", "graph/phones/word_boundary.int"),
    ("silence-phones", "conf/model.conf"),
    ("parse-options", "conf/model.conf 或 conf/mfcc.conf"),
    ("Invalid options given to decoder", "conf/model.conf"),
    ("decodable-", "conf/model.conf"),
    ("symbol table", "graph/words.txt"),
    ("decoding graph", "graph 目录里的 .fst"),
    ("Fst", "graph 目录里的 .fst"),
    ("ivector", "ivector 目录"),
)
"""Words of Kaldi's that mean one file, for where it does not name it."""
_SAID: Final = re.compile(
    r"(?:ERROR|ASSERTION_FAILED)[^:\n]*(?:\([^)]*\))?:? *(\S[^\n]*)|error in (\S[^\n]*)"
)


def attempt(path: Path) -> None:
    """Raises ModelError, naming the file, when the model at `path` cannot be loaded or ends the process."""
    folder = inspect(path)
    if folder.graph == "both":
        with view(folder.path, static=True) as shown:
            code, said = _in_a_child(folder.rate, [shown, folder.path])
        said = said.replace(f"{shown}/graph/{STATIC.name}", f"{folder.path}/graph/{STATIC}")
        said = said.replace(str(shown), str(folder.path))
    else:
        code, said = _in_a_child(folder.rate, [folder.path])
    if code:
        raise ModelError(f"{folder.path / blame(said, folder.path)}:{_how(code)}({_last(said)});{AGAIN}")


def blame(said: str, folder: Path) -> str:
    """The file in the folder that Kaldi's complaint is about; the acoustic model where it names none."""
    named = re.findall(re.escape(str(folder)) + r"/([^\s\"',:]+)", said)
    if named:
        return str(named[-1])
    return next((file for sign, file in _SIGNS if sign in said), "am/final.mdl")


def _how(code: int) -> str:
    return "Vosk 载入这个模型时崩溃了" if code < 0 else "Vosk 无法载入这个模型"


def _last(said: str) -> str:
    """Kaldi's last complaint, for whoever looks it up."""
    found = [first or second for first, second in _SAID.findall(said)]
    return f"Kaldi:{found[-1].strip()[:160]}" if found else "Kaldi 没有说明原因"


def _in_a_child(rate: int, folders: list[Path]) -> tuple[int, str]:
    """Its exit code, a signal's number less than nought, and what it wrote on stderr."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(write, 2)
        _try_and_go(rate, folders)
    os.close(write)
    with os.fdopen(read, "rb") as stderr:
        said = stderr.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), said


def _try_and_go(rate: int, folders: list[Path]) -> None:
    """The child: ends without a word of Python's own and without anything of the parent's being closed."""
    try:
        signal.alarm(SECONDS)
        vosk.SetLogLevel(-1)
        for folder in folders:
            kaldi = vosk.KaldiRecognizer(vosk.Model(str(folder)), rate)
            kaldi.SetWords(True)  # what has no place in a word is noticed only here
            kaldi.AcceptWaveform(np.random.default_rng(1).bytes(2 * rate))
            kaldi.FinalResult()
    except Exception:
        os._exit(REFUSED)
    os._exit(0)
