"""A configuration as text: what is shown of it, what never is, and that it is the same configuration."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from bridge.adapters.config_file import inspect
from bridge.settings import Settings
from bridge.settings.shown import HIDDEN, difference, shown
from tests.test_settings import world

SHIPPED = Path(__file__).parents[2] / "config" / "bridge.yaml"


def shipped() -> Settings:
    report = inspect(SHIPPED, {}, machine=False)
    assert report.settings is not None
    return report.settings


def test_what_is_shown_reads_back_as_the_same_configuration() -> None:
    lines = shown(shipped())
    again = Settings.model_validate(YAML(typ="safe", pure=True).load("\n".join(lines)))
    assert again == shipped()


def test_everything_reads_back_too_and_holds_the_defaults() -> None:
    lines = shown(shipped(), everything=True)
    assert "silence_seconds: 12" in lines
    assert "silence_seconds: 12" not in shown(shipped())
    again = Settings.model_validate(YAML(typ="safe", pure=True).load("\n".join(lines)))
    assert again == shipped()


def test_no_secret_hash_or_password_is_shown() -> None:
    digest = "ab" * 32
    settings = Settings.model_validate(
        world(
            api={"tokens": [{"name": "wall", "sha256": digest, "may": ["read"]}]},
            database={"url": "postgresql+asyncpg://bridge:hunter22@10.0.0.9/bridge"},
        )
    )
    agent = settings.agents["8001"].with_secret("correct horse")
    settings = settings.model_copy(update={"agents": {"8001": agent}})
    text = "\n".join(shown(settings, everything=True))
    for secret in (digest, "hunter22", "correct horse"):
        assert secret not in text
    assert f"sha256: {HIDDEN}" in text
    assert f"bridge:{HIDDEN}@10.0.0.9" in text
    assert f"secret_env: A  # 密码 {HIDDEN}" in text


def test_a_difference_is_lines_with_signs_and_nothing_for_the_same() -> None:
    before = shown(Settings.model_validate(world()))
    after = shown(Settings.model_validate(world(silence_seconds=30)))
    assert difference(before, before, ("a", "b")) == []
    found = difference(before, after, ("现在用的", "文件"))
    assert found[:2] == ["--- 现在用的", "+++ 文件"]
    assert "+silence_seconds: 30" in found
