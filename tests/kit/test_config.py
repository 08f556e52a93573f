"""The configuration is read once and reports all mistakes together."""

from __future__ import annotations

from pathlib import Path

import pytest

from expo.kit.config import SETTINGS, ConfigError, Storage, load_config


def test_defaults_run_on_sqlite_with_a_secret_of_their_own(tmp_path: Path) -> None:
    config = load_config({"EXPO_HOME": str(tmp_path)})
    assert config.is_sqlite
    assert len(config.secret_key) >= 32
    assert load_config({"EXPO_HOME": str(tmp_path)}).secret_key == config.secret_key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_config({"EXPO_HOME": str(tmp_path), "EXPO_DATABASE_URL": "mysql://x", "EXPO_SMTP_PORT": "many",
                     "EXPO_SECRET_KEY": "short", "EXPO_PUBLIC_URL": "example.cn", "EXPO_NONSENSE": "1",
                     "EXPO_S3_BUCKET": "b"})
    told = "\n".join(error.value.problems)
    for name in ("EXPO_DATABASE_URL", "EXPO_SMTP_PORT", "EXPO_SECRET_KEY", "EXPO_PUBLIC_URL", "EXPO_NONSENSE",
                 "EXPO_S3_ACCESS_KEY", "EXPO_S3_SECRET_KEY"):
        assert name in told


def test_a_file_gives_settings_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "expo.conf"
    file.write_text("# ours\nEXPO_SITE_NAME=科创会\nEXPO_SMTP_HOST=mail.example.cn\n", encoding="utf-8")
    config = load_config({"EXPO_HOME": str(tmp_path), "EXPO_CONFIG_FILE": str(file), "EXPO_SITE_NAME": "别名"})
    assert (config.site_name, config.smtp.host) == ("别名", "mail.example.cn")


def test_the_secret_does_not_stand_in_what_is_printed(tmp_path: Path) -> None:
    assert "k" * 40 not in repr(load_config({"EXPO_HOME": str(tmp_path), "EXPO_SECRET_KEY": "k" * 40}))


def test_every_setting_is_described_in_the_operations_guide() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name, _, _ in SETTINGS if f"`{name}`" not in text] == []


def test_the_buckets_origin_is_where_browsers_fetch_from(tmp_path: Path) -> None:
    assert Storage(tmp_path).origin == ""
    assert Storage(tmp_path, "expo", "https://oss.example.cn:9000/base").origin == "https://oss.example.cn:9000"
    assert Storage(tmp_path, "expo", region="cn-north-1").origin == "https://s3.cn-north-1.amazonaws.com"
