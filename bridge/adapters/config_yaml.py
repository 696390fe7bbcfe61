"""YAML with its line numbers: a document as plain values, and for each value the line and the text it came
from.

Knows YAML, not what a configuration means. Built on ruamel's node tree rather than its loader, because the
loader stops at the first duplicate key and forgets lines. Whatever the bytes are, the end is a Document or a
ConfigError.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bridge.errors import ConfigError

Path = tuple[str | int, ...]

DEEPEST: Final = 16
"""Levels of nesting. Ours has six; an alias that holds itself would have no end."""

LARGEST: Final = 100_000
"""Values in a document. A thousand agents and routes are 20,000; aliases of aliases can make any number."""

_PLAIN: Final = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"}
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(slots=True)
class Document:
    """`data`: dicts, lists and scalars. `lines` (from 1) and `texts` by path. `problems`: (line, what is
    wrong).
    """

    name: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of what it would have stood in."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str, name: str) -> Document:
    """The one document in `text`. Raises ConfigError, with `name` in front, if it is no YAML at all."""
    document = Document(name)
    try:
        root = YAML(typ="safe", pure=True).compose(text)
        if root is not None:
            document.data = _Reader(document).value(root, ())
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise ConfigError((f"{name}:{line}: {_explain(wrong.problem or '')}",)) from None
    except (YAMLError, ValueError) as wrong:
        words = str(wrong).partition("\n")[0]
        raise ConfigError((f"{name}:1: {_explain(words)}",)) from None
    except RecursionError:
        raise ConfigError((f"{name}:1: 嵌套太深，最多 {DEEPEST} 层",)) from None
    return document


def _explain(problem: str) -> str:
    if "\\t" in problem:
        return "缩进不能用 Tab，改用空格"
    if "special characters" in problem:
        return "含有看不见的控制字符，删去它"
    return f"YAML 写法不对（{problem}）：看这一行和上一行的缩进、冒号后面的空格、成对的引号和括号"


class _Reader:
    """One walk over the nodes of a document, noting lines and texts as it goes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._count = 0

    def value(self, node: Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(path, line)
        self._count += 1
        if self._count > LARGEST or len(path) > DEEPEST:
            where = f"{self._document.name}:{line}"
            raise ConfigError((f"{where}: 内容太多或嵌套太深：最多 {LARGEST} 个值、{DEEPEST} 层",))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, place)) for place, item in enumerate(node.value)]
        self._document.texts[path] = str(node.value)
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            line, here = key_node.start_mark.line + 1, (*path, key)
            if key in found:
                self._complain(line, f'键 "{key}" 重复了，第 {self._document.lines[here]} 行已经写过')
                continue
            self._document.lines[here] = line
            found[key] = self.value(value_node, here)
        return found

    def _key(self, node: Node) -> str | None:
        line = node.start_mark.line + 1
        if not isinstance(node, ScalarNode) or node.value == "<<":
            self._complain(line, "键只能是一个词（不支持 << 合并）")
            return None
        if _scalar(node) != node.value:
            self._complain(line, f'键要加引号：写成 "{node.value}":')
        return str(node.value)

    def _complain(self, line: int, text: str) -> None:
        self._document.problems.append((line, text))


def _scalar(node: Node) -> Any:
    """Numbers, booleans and null as such; everything else, dates too, as the text that was written."""
    tag, text = str(node.tag), str(node.value)
    if tag == _NULL:
        return None
    if tag not in _PLAIN:
        return text
    if tag.endswith("bool"):
        return text.lower() == "true"
    try:
        return int(text) if tag.endswith("int") else float(text)
    except ValueError:  # 0x1F, 1_000 and numbers of thousands of digits: none of our values is written so
        return text
