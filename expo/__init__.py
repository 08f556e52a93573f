"""An annual science-and-technology expo: its events and its streaming site, and the year-round service around it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from expo.floors import ROOMS
from expo.kit import clock
from expo.kit.commands import init_commands
from expo.kit.config import Config, load_config
from expo.kit.db import db
from expo.kit.language import init_language
from expo.kit.limits import init_limits
from expo.kit.memo import init_memo
from expo.kit.pages import init_pages
from expo.kit.web import init_web

ROOT = Path(__file__).resolve().parents[1]


def create_app(config: Config | None = None, overrides: Mapping[str, object] | None = None) -> Flask:
    """The whole site. ``overrides`` are Flask settings for tests."""
    config = config or load_config()
    app = Flask("expo", root_path=str(ROOT / "expo"), template_folder=str(ROOT / "templates"),
                static_folder=str(ROOT / "static"), instance_path=str(config.home))
    app.extensions["expo_config"] = config
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True} if not config.is_sqlite else {},
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.public_url.startswith("https://"),
        MAX_CONTENT_LENGTH=config.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.config.update(overrides or {})
    clock.set_offset(config.clock_offset)
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "expo" / "migrations"), render_as_batch=True)
    CSRFProtect(app)
    init_language(app)
    init_limits(app, config)
    init_web(app, config)
    init_pages(app)
    init_commands(app)
    _open_rooms(app)
    init_memo(app)
    return app


def _open_rooms(app: Flask) -> None:
    """Import every room's shelves in the order of the floors and register what they offer.

    A shelf split by noun (``views_ticket.py``) adds its routes to its room's blueprint, so it comes after it.
    """
    for room in ROOMS:
        modules = [importlib.import_module(f"expo.{room}.{name}") for name in _doors(room)]
        for module in modules:
            for blueprint in (b for b in vars(module).values() if isinstance(b, Blueprint)):
                if blueprint.import_name == module.__name__:
                    app.register_blueprint(blueprint)
    importlib.import_module("expo.reactions").connect()
    importlib.import_module("expo.navigation").init_navigation(app)


def _doors(room: str) -> list[str]:
    """The modules of a room that the site must know of, the lower shelves first. The kit shows only its pages."""
    names = sorted(path.stem for path in (ROOT / "expo" / room).glob("*.py"))
    shelves = ("models", "jobs", "views", "api", "commands") if room != "kit" else ("views",)
    return [name for shelf in shelves for name in names if name == shelf or name.startswith(f"{shelf}_")]
