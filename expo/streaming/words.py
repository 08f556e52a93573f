"""Words that several pages of the room share: languages of sound and captions."""

from __future__ import annotations

from typing import Any

#: Each in its own language, as a menu of languages shows them.
LANGUAGES = {"zh": "中文", "en": "English", "ja": "日本語", "ko": "한국어", "ru": "Русский", "fr": "Français", "de": "Deutsch",
             "es": "Español", "ar": "العربية", "bo": "བོད་ཡིག"}
LANGUAGE_CHOICES: list[tuple[str, Any]] = list(LANGUAGES.items())
