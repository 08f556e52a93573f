"""The gate's web app: a page, its service worker and its manifest, all under /gate/ and open to everybody.

They hold nothing of anybody. What a device may see and do hangs on its token (docs/checkin-protocol.md).
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from flask import Response, current_app, render_template, url_for

from expo.checkin.app_words import app_words, kiosk_words
from expo.checkin.models import ScanKind
from expo.checkin.views import bp
from expo.kit.config import current_config
from expo.kit.language import _
from expo.kit.pages import asset_url
from expo.kit.web import allow_source, public

STYLES = ("vendor/bootstrap/bootstrap-reboot.min.css", "css/tokens.css", "css/base.css", "css/components.css", "css/forms.css",
          "css/lists.css", "css/gate.css")
#: Asked for with their fingerprint, by the page.
_PICTURES = ("img/icons.svg", "img/favicon.svg", "img/mark-light.svg", "img/gate-192.png")
#: Asked for by the scripts, without one.
_VENDOR = ("vendor/zxing-wasm/reader/index.js", "vendor/zxing-wasm/share.js", "vendor/zxing-wasm/reader/zxing_reader.wasm")
_SCRIPTS = "js/gate"
_JAVASCRIPT = "text/javascript; charset=utf-8"


@bp.get("/gate/")
@public
def app() -> Response:
    """The app."""
    allow_source("frame-src", "blob:")  # A badge that the gate prints lies in the page, as a PDF.
    return _always_asked(Response(_page()))


@bp.get("/gate/enrol")
@public
def app_enrol() -> Response:
    """The app again: an enrolment's secret stands behind the # of the address, so it does not come here."""
    return app()


def _page() -> str:
    return render_template("checkin/app.html", texts=app_words(), kiosk=kiosk_words(), styles=STYLES, kinds=ScanKind)


@bp.get("/gate/sw.js")
@public
def app_worker() -> Response:
    """The service worker: it stands here so that it serves all addresses under /gate/."""
    files = _files()
    version = sha256("\n".join([*files, *_fingerprints(), _page()]).encode()).hexdigest()[:16]
    shell = json.dumps({"version": version, "page": url_for("checkin.app"), "files": files})
    return _always_asked(Response(f"const SHELL = {shell};\n{_script('service-worker.js')}", content_type=_JAVASCRIPT))


@bp.get("/gate/decode-worker.js")
@public
def app_decoder() -> Response:
    """The worker that reads pictures; here it is within the service worker's reach, and works without network."""
    return _always_asked(Response(_script("decode-worker.js"), content_type=_JAVASCRIPT))


@bp.get("/gate/manifest.webmanifest")
@public
def app_manifest() -> Response:
    """What a phone needs to know to install the app."""
    site = current_config().site_name
    content = {
        "id": url_for("checkin.app"), "start_url": url_for("checkin.app"), "scope": url_for("checkin.app"),
        "name": _("Gate · %(site)s", site=site), "short_name": _("Gate"), "display": "standalone", "orientation": "any",
        "background_color": "#081218", "theme_color": "#081218",
        "icons": [
            {"src": asset_url(current_app, "img/gate-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": asset_url(current_app, "img/gate-512.png"), "sizes": "512x512", "type": "image/png"},
            {"src": asset_url(current_app, "img/gate-maskable-512.png"), "sizes": "512x512", "type": "image/png",
             "purpose": "maskable"},
        ],
    }
    return _always_asked(Response(json.dumps(content, ensure_ascii=False), content_type="application/manifest+json"))


def _files() -> list[str]:
    """The addresses that the app needs besides its page."""
    unmarked = [f"{_SCRIPTS}/{path.name}" for path in _gate_scripts()] + ["js/texts.js", "js/toast.js", *_VENDOR]
    return [url_for("checkin.app_decoder"), *(url_for("static", filename=name) for name in unmarked),
            *(asset_url(current_app, name) for name in (*STYLES, *_PICTURES))]


def _fingerprints() -> list[str]:
    names = [f"{_SCRIPTS}/{path.name}" for path in sorted(_static(_SCRIPTS).glob("*.js"))]
    return [asset_url(current_app, name) for name in (*names, "js/texts.js", "js/toast.js", *_VENDOR)]


def _gate_scripts() -> list[Path]:
    workers = {"service-worker.js", "decode-worker.js"}
    return sorted(path for path in _static(_SCRIPTS).glob("*.js") if path.name not in workers)


def _static(name: str) -> Path:
    return Path(current_app.static_folder or "") / name


def _script(name: str) -> str:
    return (_static(_SCRIPTS) / name).read_text(encoding="utf-8")


def _always_asked(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-cache"
    return response
