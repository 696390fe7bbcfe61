"""What the ways to partners that can't call us need of this machine: a usable URL, folders to write to."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path as FilePath

from bridge.settings.carriage import POSTGRESQL, BatchFiles
from bridge.settings.problems import Path

Complain = Callable[[Path, str], None]


def absolute_files(files: BatchFiles, folder: FilePath) -> BatchFiles:
    """The folders counted from `folder`."""
    if files.outgoing is None or files.incoming is None:
        return files
    update = {"outgoing": folder / files.outgoing, "incoming": folder / files.incoming}
    return files.model_copy(update=update)


def check_files(files: BatchFiles, path: Path, complain: Complain) -> None:
    """Folders may be missing (they are made) but must be where we may write: what was read is moved."""
    for key, place in (("outgoing", files.outgoing), ("incoming", files.incoming)):
        near = place
        while near is not None and not near.exists():
            near = near.parent
        if near is not None and not (near.is_dir() and os.access(near, os.W_OK | os.X_OK)):
            complain((*path, key), f"不能写入文件夹 {near}；换一个位置，或改它的权限")


def check_middle(url: str, path: Path, complain: Complain) -> None:
    """A middle database's URL, of which nothing may be repeated: there is a password in it."""
    if not url.startswith(POSTGRESQL) or not url.partition("://")[2].strip("/"):
        complain(path, "中间数据库只能是 PostgreSQL，写成 postgresql://用户:密码@主机:5432/库名")
    elif importlib.util.find_spec("asyncpg") is None:
        complain(path, "没有安装 PostgreSQL 的驱动，请运行 pip install 'bridge-12345-110[postgres]'")
