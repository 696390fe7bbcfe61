"""The file of the quality form 质量评分表: the administrator's, or the one that comes with the program.

Knows where it is and how to say what is wrong with it, each fault on its line; what the form means is
bridge.review's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Final

from pydantic import ValidationError

from bridge.adapters.config_listed import listed
from bridge.errors import ConfigError
from bridge.review.form import Form
from bridge.settings import Settings
from bridge.settings.problems import Path, findings
from bridge.settings.quality import QualityFile

SHIPPED: Final = FilePath(__file__).parents[2] / "config" / "quality.yaml"
"""This checkout's."""
INSTALLED: Final = FilePath(sys.prefix) / "share" / "bridge-12345-110" / "quality.yaml"
"""Where a wheel puts the same file (pyproject.toml, data-files)."""

_HERE: Final[Path] = ("quality", "file")


def with_form(settings: Settings, folder: FilePath, complain: Callable[[Path, str], None]) -> Settings:
    """The settings with the form's path absolute; what is wrong with the file is told. `folder`: where a
    relative path counts from."""
    own = settings.quality
    if own.file is None:
        return settings
    path = folder / own.file
    try:
        load(path)
    except ConfigError as wrong:
        for line in wrong.problems:
            complain(_HERE, line)
    return settings.model_copy(update={"quality": own.model_copy(update={"file": path})})


def chosen(path: FilePath | None) -> FilePath:
    """The file in use where that one is configured."""
    return path or (SHIPPED if SHIPPED.is_file() else INSTALLED)


def load(path: FilePath | None = None) -> Form:
    """The form in that file; without one, ours. Raises ConfigError with every problem, a line each."""
    path = chosen(path)
    document = listed(path, "评分表")
    lines = [f"{path}:{line}: {text}" for line, text in document.problems]
    form: Form | None = None
    try:
        form = QualityFile.model_validate(document.data or {}).form
    except ValidationError as wrong:
        found = findings(wrong, document.texts, QualityFile)
        lines += [f"{path}:{document.line(item.path)}: {item.text}" for item in found]
    if lines or form is None:
        raise ConfigError(tuple(lines))
    return form
