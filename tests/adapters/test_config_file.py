"""The configuration file: lines, overrides, secrets, and that no bytes do worse than a ConfigError."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.adapters.config_file import LARGEST_FILE, check, inspect
from bridge.errors import ConfigError

GOOD = """\
asr: {model: model}
api: {trust_loopback: true}
platforms:
  "12345": {name: 热线}
agents:
  "8001": {name: 一号, platform: "12345", secret_env: AGENT_8001}
routes:
  - {name: 内线, number: "12345", from: [agents], platform: "12345", to: [{agent: "8001"}]}
"""
ENV = {"AGENT_8001": "long-enough"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a good bridge.yaml and what passes for a model at a glance."""
    (tmp_path / "model" / "am").mkdir(parents=True)
    (tmp_path / "model" / "am" / "final.mdl").touch()
    (tmp_path / "bridge.yaml").write_text(GOOD)
    return tmp_path


def told(folder: Path, text: str | bytes | None = None, environ: dict[str, str] | None = None) -> list[str]:
    """The problems of `text` as a file, without the folder's name."""
    file = folder / "bridge.yaml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    report = inspect(file, ENV if environ is None else environ)
    assert (report.settings is None) is bool(report.problems)
    return [line.replace(f"{folder}/", "") for line in report.problems]


def test_a_good_file_gives_settings_with_absolute_paths_and_secrets(folder: Path) -> None:
    found = check(folder / "bridge.yaml", ENV)
    assert found.asr.model == folder / "model"
    assert found.database.url == f"sqlite+aiosqlite:///{folder}/var/bridge.db"
    assert found.agents["8001"].secret == "long-enough"


def test_paths_count_from_the_file_wherever_we_start(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert check(folder / "bridge.yaml", ENV).asr.model == folder / "model"
    monkeypatch.chdir(folder)
    assert check("bridge.yaml", ENV).asr.model == folder / "model"


def test_every_problem_at_once_each_on_its_line(folder: Path) -> None:
    text = GOOD + (
        "rotues: []\n"
        "trunks:\n"
        "  pbx: {hosts: [10.0.0.1/8, 10.0.0.2], target: 10.0.0.2, hots: 1}\n"
        "  pbx: {hosts: []}\n"
        "sip:\n"
        "  listen: 0.0.0.0:20000\n"
        "  realm: 12\n"
    )
    text = text.replace("from: [agents]", "from: [agents, pxb]").replace(
        '{agent: "8001"}', '{}, {agent: "8003"}'
    )
    assert told(folder, text) == [
        'bridge.yaml:8: 没有叫 "8003" 的话务员，是不是想写 "8001"？',
        'bridge.yaml:8: 没有叫 "pxb" 的来源，是不是想写 "pbx"？',
        'bridge.yaml:8: 目标写 agent: "分机号"、queue: 队列名 或 trunk: 中继名，三选一',
        'bridge.yaml:9: 未知的键 "rotues"，是不是想写 "routes"？',
        "bridge.yaml:11: “10.0.0.1/8”不是网段的起点，应写 10.0.0.0/8；只有一台就写 10.0.0.1",
        'bridge.yaml:11: 未知的键 "hots"，是不是想写 "hosts"？',
        'bridge.yaml:12: 键 "pbx" 重复了，第 11 行已经写过',
        "bridge.yaml:14: SIP 端口 20000 落在 media.ports 20000-29999 里；换一个端口或缩小范围",
        'bridge.yaml:15: "realm" 应是文字，要加引号：写成 "12"',
    ]


def test_lines_stay_right_when_broken_parts_of_a_list_are_left_out(folder: Path) -> None:
    routes = "".join(
        f'  - name: r{place}\n    number: "{number}"\n    from: [agents]\n    platform: "{platform}"\n'
        f'    to: [{{agent: "8001"}}]\n'
        for place, (number, platform) in enumerate([("bad", "12345"), ("119", "12345"), ("120", "wrong")])
    )
    text = GOOD.partition("routes:")[0] + "routes:\n" + routes
    lines = [line.split(": ")[0] for line in told(folder, text)]
    assert lines == ["bridge.yaml:9", "bridge.yaml:21"]


@pytest.mark.parametrize(
    ("text", "line", "advice"),
    [
        ("sip:\n\tlisten: x\n", 2, "Tab"),
        ("sip: [\n", 2, "YAML 写法不对"),
        ("sip:\n  realm: 'x\n", 3, "YAML 写法不对"),
        ("a: b: c\n", 1, "YAML 写法不对"),
        ("- a\n- b\n", 1, "键: 值"),
        ("text\n", 1, "键: 值"),
        ("a: 1\n---\nb: 2\n", 2, "YAML 写法不对"),
        ("sip:\n  realm: \x07\n", 1, "控制字符"),
        (b"sip:\n  realm: \xff\n", 2, "UTF-8"),
        ("a: &a [*a]\n", 1, "嵌套太深"),
        ("a: " + "[" * 5000, 1, "太深"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(7)
        ), 1, "太多"),
        ("x" * (LARGEST_FILE + 1), 1, "KB"),
        ("sip: {<<: 1}\nasr: {enabled: false}\n", 1, "不支持 <<"),
        ("platforms:\n  110: {name: x}\nasr: {enabled: false}\n", 2, '写成 "110":'),
        ("api2:\nasr: {enabled: false}\n", 1, '未知的键 "api2"'),
    ],
)  # fmt: skip
def test_what_is_no_configuration_says_where(folder: Path, text: str | bytes, line: int, advice: str) -> None:
    first = told(folder, text)[0]
    assert first.startswith(f"bridge.yaml:{line}: ")
    assert advice in first


def test_a_section_left_empty_is_none_written(folder: Path) -> None:
    assert told(folder, GOOD + "trunks:\n  # carrier: ...\n") == []


def test_a_missing_file_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        check(tmp_path / "none.yaml", {})
    assert "none.yaml:1: 读不了配置文件" in refused.value.problems[0]
    assert "读不了配置文件" in inspect(tmp_path, {}).problems[0]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("BRIDGE__API__LISTEN", "127.0.0.1:9", None),
        ("BRIDGE__MEDIA__SPARE", "8", None),
        ("BRIDGE__PLATFORMS__110", "{name: 报警}", None),
        ("BRIDGE__ROUTES__0__NAME", "改名", None),
        ("BRIDGE__API__LISTN", "x", '环境变量 BRIDGE__API__LISTN: 未知的键 "listn"，是不是想写 "listen"？'),
        (
            "BRIDGE__MEDIA__SPARE",
            "many",
            '环境变量 BRIDGE__MEDIA__SPARE: "spare" 应是不带引号的整数，如 30，现在是 8',
        ),
        ("BRIDGE__ROUTES__7__NAME", "x", "环境变量 BRIDGE__ROUTES__7__NAME: 配置里没有这个位置"),
        ("BRIDGE__API", "[", "环境变量 BRIDGE__API:1: YAML 写法不对"),
    ],
)
def test_environment_goes_before_the_file(folder: Path, name: str, value: str, problem: str | None) -> None:
    found = told(folder, environ=ENV | {name: value})
    if problem is None:
        assert found == []
    else:
        assert found[0].startswith(problem.removesuffix("，现在是 8"))


def test_an_override_really_takes_effect(folder: Path) -> None:
    environ = ENV | {"BRIDGE__API__LISTEN": "127.0.0.1:9", "BRIDGE__ROUTES__0__NAME": "改名"}
    found = check(folder / "bridge.yaml", environ)
    assert (found.api.listen.port, found.routes[0].name) == (9, "改名")


# --- secrets, model, database


def with_file(folder: Path, content: bytes, mode: int = 0o600) -> Any:
    secret = folder / "secret"
    secret.write_bytes(content)
    secret.chmod(mode)
    (folder / "bridge.yaml").write_text(GOOD.replace("secret_env: AGENT_8001", "secret_file: secret"))
    return inspect(folder / "bridge.yaml", {})


def test_a_secret_file_loses_its_line_end(folder: Path) -> None:
    report = with_file(folder, b"p\xc3\xa4ss word 1\n")
    assert report.settings is not None
    assert report.settings.agents["8001"].secret == "päss word 1"


def test_a_secret_everybody_may_read_is_a_warning(folder: Path) -> None:
    assert with_file(folder, b"long-enough\n").warnings == ()
    (warning,) = with_file(folder, b"long-enough\n", 0o644).warnings
    assert "bridge.yaml:6: 密码文件" in warning
    assert "chmod 600" in warning


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b"\xff\xfe", b"x" * 5000])
def test_a_secret_file_with_something_else_in_it(folder: Path, content: bytes) -> None:
    (problem,) = with_file(folder, content).problems
    assert "里应只有一行密码" in problem


def test_a_missing_secret_says_so_and_none_is_ever_shown(folder: Path) -> None:
    assert told(folder, environ={}) == [
        "bridge.yaml:6: 环境变量 AGENT_8001 没有设置；启动前设置它，或改用 secret_file"
    ]
    text = GOOD.replace("secret_env: AGENT_8001", "secret_file: none")
    assert "读不了密码文件" in told(folder, text)[0]
    (folder / "bridge.yaml").write_text(GOOD)
    short = inspect(folder / "bridge.yaml", {"AGENT_8001": "hunter2"})
    assert len(short.warnings) == 1
    assert "至少 8 位" in short.warnings[0]
    assert "hunter2" not in repr(short)


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("whsec_" + "QUJD" * 10, True),
        ("QUJD" * 10, True),
        ("whsec_" + "QUJD" * 5, False),
        ("whsec_" + "QUJD" * 30, False),
        ("no base64 at all!", False),
    ],
)
def test_a_ticket_key_must_be_one(folder: Path, key: str, good: bool) -> None:
    tickets = "tickets: {url: http://127.0.0.1:1/t, secret_env: KEY}"
    text = GOOD.replace("{name: 热线}", f"{{name: 热线, {tickets}}}")
    found = told(folder, text, ENV | {"KEY": key})
    assert (found == []) is good
    assert good or "bridge.yaml:4: 签名密钥应是 whsec_" in found[0]


def test_a_folder_that_is_no_model(folder: Path) -> None:
    (folder / "model" / "am" / "final.mdl").unlink()
    assert "bridge.yaml:1: " in told(folder)[0]
    assert "不是 Vosk 模型" in told(folder)[0]
    for other in ("{enabled: false, model: model}", "{url: 'ws://10.0.0.1:2700'}"):
        assert told(folder, GOOD.replace("{model: model}", other)) == []


def test_a_database_where_nothing_can_be_written(folder: Path) -> None:
    text = GOOD + "database: {url: sqlite+aiosqlite:////dev/null/none/bridge.db}\n"
    assert told(folder, text) == ["bridge.yaml:9: 不能写入文件夹 /dev/null；换一个位置，或改它的权限"]


def test_other_databases_are_left_alone(folder: Path) -> None:
    for url in ("sqlite+aiosqlite:///:memory:", "postgresql+asyncpg://u@10.0.0.1/b"):
        (folder / "bridge.yaml").write_text(GOOD + f"database: {{url: '{url}'}}\n")
        assert check(folder / "bridge.yaml", ENV).database.url == url


# --- strangers' bytes

junk = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99999) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_settings_or_problems(folder: Path, content: bytes) -> None:
    told(folder, content)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(st.sampled_from(["sip", "media", "api", "asr", "platforms", "trunks", "agents", "routes"]), junk)
def test_any_value_in_a_section_is_settings_or_problems(folder: Path, section: str, value: Any) -> None:
    from json import dumps  # noqa: PLC0415  JSON is YAML

    told(folder, dumps({section: value}))


def test_sounds_are_checked_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "broken.wav").write_bytes(b"ID3 no wave")
    (tmp_path / "config.yaml").write_text(
        "sounds:\n  folder: sounds\n  hold:\n    - sounds/none.wav\n  ringback: {hertz: 425}\n"
    )
    found = inspect(tmp_path / "config.yaml", {}).problems
    assert [line.split(":")[1] for line in found] == ["2", "4"]
    assert "broken.wav：不是 WAV 文件；用 sox 转换" in found[0]
    assert "none.wav（No such file or directory）；检查路径和权限" in found[1]


def test_recording_needs_a_key_that_is_one_and_a_code_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("too short")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "config.yaml").write_text(
        "recording:\n  policy: always\n  secret_file: key\n  pause_code: '*11'\n"
        'platforms: {"110": {name: 报警}}\n'
        "trunks: {p: {hosts: [10.0.0.1], target: 10.0.0.1}}\n"
        'routes: [{name: 转, number: "110", from: [p], platform: "110", to: [{trunk: p}],\n'
        '  feature_code: "*110"}]\n'
    )
    found = inspect(tmp_path / "config.yaml", {}).problems
    assert [line.split(":")[1] for line in found] == ["3", "4"]
    assert "录音密钥应是 32 字节的 base64" in found[0]
    assert 'pause_code "*11" 与功能码 "*110" 冲突' in found[1]


def test_transcripts_are_sealed_with_a_key_that_is_one(tmp_path: Path) -> None:
    config, key = tmp_path / "config.yaml", tmp_path / "key"
    config.write_text("transcripts: {secret_file: key}\nasr: {enabled: false}\n")
    key.write_text("too short")
    key.chmod(0o600)
    (found,) = inspect(config, {}).problems
    assert "转写密钥应是 32 字节的 base64" in found
    key.write_text("ab" * 32)
    assert check(config, {}).transcripts.key == bytes.fromhex("ab" * 32)
    config.write_text("asr: {enabled: false}\n")
    assert check(config, {}).transcripts.key is None
