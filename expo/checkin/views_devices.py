"""Devices: who scans where, how fresh they are, and the code by which a phone becomes one."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from expo.checkin import actions_devices, queries, queries_devices
from expo.checkin.forms import DeviceForm
from expo.checkin.models_devices import Device, DeviceRight, DeviceStatus
from expo.checkin.queries_pack import find_pack
from expo.checkin.views import bp
from expo.editions.models import Edition
from expo.editions.queries import get_edition
from expo.kit import clock
from expo.kit.config import current_config
from expo.kit.history import list_history
from expo.kit.language import _, _l
from expo.kit.qr import qr_png
from expo.kit.timeline import timeline_of
from expo.kit.web import access, current_actor
from expo.people.permissions import P

SENTENCES = {"make_device": _l("Device made"), "change_device": _l("Device changed"), "enrol": _l("Enrolled"),
             "renew_code": _l("New code made"), "revoke_device": _l("Device revoked"), "make_own_device": _l("Device made")}
FIELDS = {"name": _l("Name"), "status": _l("Status"), "rights": _l("Rights besides scanning")}
#: A device that was silent for longer is shown as such.
SILENT = timedelta(minutes=5)


@bp.get("/work/<slug>/checkin/devices")
@access(P.CHECKIN_MANAGE)
def list_devices(slug: str) -> str:
    """All devices at the reader's gates with their last sign of life."""
    edition = get_edition(slug)
    rows = queries_devices.list_devices(edition.id, current_actor().region_paths(P.CHECKIN_MANAGE, edition.id))
    pack = find_pack(edition.id)
    return render_template("checkin/devices.html", edition=edition, rows=rows, rights=DeviceRight, statuses=DeviceStatus,
                           silent_since=clock.now() - SILENT, pack_version=pack.version if pack else 0)


def _form(edition: Edition, device: Device | None = None) -> DeviceForm:
    gates = queries.list_gates(edition.id, current_actor().region_paths(P.CHECKIN_MANAGE, edition.id))
    return DeviceForm(obj=device, gates=[(gate.id, gate.name) for gate in gates])


@bp.route("/work/<slug>/checkin/devices/new", methods=["GET", "POST"])
@access(P.CHECKIN_MANAGE)
def new_device(slug: str) -> Any:
    edition = get_edition(slug)
    form = _form(edition)
    if form.validate_on_submit():
        with form.catching_refusals():
            device, secret = actions_devices.make_device(edition.id, form.entry(), by=current_actor())
            return _code(edition, device, secret)
    if request.method == "GET":
        form.gate_id.data = request.args.get("gate", type=int)
    return render_template("checkin/device_form.html", form=form, edition=edition, device=None, history=[]), form.status


@bp.route("/work/<slug>/checkin/devices/<int:device_id>", methods=["GET", "POST"])
@access(P.CHECKIN_MANAGE)
def change_device(slug: str, device_id: int) -> Any:
    edition = get_edition(slug)
    actor = current_actor()
    device = queries_devices.get_device(device_id, edition.id, actor.region_paths(P.CHECKIN_MANAGE, edition.id))
    form = _form(edition, device)
    if form.validate_on_submit():
        with form.catching_refusals():
            actions_devices.change_device(edition.id, device_id, form.entry(), by=actor)
            flash(_("The device was changed; it holds from its next scan on."), "success")
            return redirect(url_for("checkin.list_devices", slug=slug), 303)
    history = timeline_of(list_history("device", device_id), SENTENCES, FIELDS)
    return render_template("checkin/device_form.html", form=form, edition=edition, device=device, history=history), form.status


@bp.post("/work/<slug>/checkin/devices/<int:device_id>/code")
@access(P.CHECKIN_MANAGE)
def renew_code(slug: str, device_id: int) -> Response | str:
    """A new code; whoever held the device's token until now is out."""
    edition = get_edition(slug)
    device, secret = actions_devices.renew_code(edition.id, device_id, by=current_actor())
    return _code(edition, device, secret)


def _code(edition: Edition, device: Device, secret: str) -> str:
    """The code is shown this once: nobody can read it back."""
    address = f"{current_config().public_url}{url_for('checkin.app_enrol')}#{secret}"
    return render_template("checkin/device_code.html", edition=edition, device=device, address=address,
                           picture=f"data:image/png;base64,{b64encode(qr_png(address, scale=6)).decode()}")


@bp.post("/work/<slug>/checkin/devices/<int:device_id>/revoke")
@access(P.CHECKIN_MANAGE)
def revoke_device(slug: str, device_id: int) -> Response:
    device = actions_devices.revoke_device(get_edition(slug).id, device_id, by=current_actor())
    flash(_("“%(name)s” is revoked. It is told nothing any more, and wipes itself when it asks.", name=device.name), "success")
    return redirect(url_for("checkin.list_devices", slug=slug), 303)
