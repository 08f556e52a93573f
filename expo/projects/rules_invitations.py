"""Links of invitations: signed, for one project and one contact, good for half a year."""

from __future__ import annotations

from hashlib import sha256

from itsdangerous import BadSignature, URLSafeTimedSerializer

from expo.kit.language import _l
from expo.kit.refusals import Refused
from expo.projects.models import Project

_SECONDS = 180 * 24 * 3600


def make_token(secret: str, project: Project) -> str:
    """What stands in the link. A changed contact makes older links worthless."""
    return _serializer(secret).dumps([project.id, _contact_digest(project)])


def read_project_id(secret: str, token: str) -> int:
    """Which project a link is about; raises :class:`Refused` for a damaged or old one."""
    try:
        project_id, _digest = _serializer(secret).loads(token, max_age=_SECONDS)
    except (BadSignature, ValueError, TypeError):
        raise _worthless() from None
    return int(project_id)


def require_present_contact(secret: str, token: str, project: Project) -> None:
    """Raise :class:`Refused` when the link went to somebody who is not the contact any more."""
    _id, digest = _serializer(secret).loads(token, max_age=_SECONDS)
    if digest != _contact_digest(project):
        raise _worthless()


def _worthless() -> Refused:
    return Refused(_l("This invitation is incomplete, too old or was replaced by a newer one. Ask the organiser to send it again."))


def _serializer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="project-invitation")


def _contact_digest(project: Project) -> str:
    return sha256(f"{project.contact_phone}|{project.contact_email}".encode()).hexdigest()[:16]
