"""Whether the administrator's own sounds can be played: each is read and converted as the media process will.

Part of `config_world`. Every file that cannot is named, with what to do.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.errors import UnusableSound
from bridge.media.relay_sounds import read_music, read_prompt
from bridge.settings import Sounds
from bridge.settings.problems import Path


def check_sounds(sounds: Sounds, complain: Callable[[Path, str], None]) -> None:
    """Look at every file of `sounds` (absolute paths)."""
    if sounds.folder is not None:
        here: Path = ("sounds", "folder")
        if not sounds.folder.is_dir():
            complain(here, f"没有文件夹 {sounds.folder}；建好它，或删掉这一项")
        for path in sorted(sounds.folder.glob("*.wav")):
            _try(lambda path=path: read_prompt(path), here, complain)  # type: ignore[misc]
    for place, path in enumerate(sounds.hold):
        _try(lambda path=path: read_music((path,)), ("sounds", "hold", place), complain)  # type: ignore[misc]
    if len(sounds.hold) > 1:
        _try(lambda: read_music(sounds.hold), ("sounds", "hold"), complain)


def _try(read: Callable[[], object], here: Path, complain: Callable[[Path, str], None]) -> None:
    try:
        read()
    except UnusableSound as error:
        complain(here, str(error))
    except OSError as error:
        complain(here, f"读不了 {error.filename}（{error.strerror}）；检查路径和权限")
