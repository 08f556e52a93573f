"""Who may grant which role where: nobody more than they have, nobody outside of their region, nobody to themselves."""

from __future__ import annotations

from datetime import date

from expo.kit.access import Actor
from expo.kit.language import _l
from expo.kit.refusals import Forbidden, Refused
from expo.people.permissions import DIRECTED_BY, SEPARATED, P, Role, permissions_of


def may_grant(by: Actor, role: Role, region_path: str, edition_id: int | None) -> bool:
    """Whether ``by`` may give (and take) ``role`` on that region, for one edition or all of them."""
    if by.is_system:
        return True
    if not holds_throughout(by, P.ROLES_GRANT, region_path, edition_id):
        return False
    if _is_administrator(by, region_path):
        return True
    if role in SEPARATED:
        return False
    return all(
        holds_throughout(by, DIRECTED_BY.get(permission, permission), region_path, edition_id)
        for permission in permissions_of(role, region_path)
    )


def holds_throughout(by: Actor, permission: str, region_path: str, edition_id: int | None) -> bool:
    """Whether a right holds there for the whole of what is asked: a right for one edition is none for all of them."""
    return any(
        grant.covers(permission, region_path, edition_id) and (edition_id is not None or grant.edition_id is None)
        for grant in by.grants
    )


def _is_administrator(by: Actor, region_path: str) -> bool:
    return any(
        grant.role == Role.ADMINISTRATOR and grant.edition_id is None and region_path.startswith(grant.region_path)
        for grant in by.grants
    )


def require_may_grant(by: Actor, role: Role, region_path: str, edition_id: int | None) -> None:
    if not may_grant(by, role, region_path, edition_id):
        raise Forbidden(
            _l("You may not grant or revoke this role here: nobody grants more than they may do themselves, or outside "
               "of their region. Ask an administrator.")
        )


def require_separate_duties(role: Role, held: set[Role]) -> None:
    """Who manages accounts does not audit them."""
    if role in SEPARATED and held & (SEPARATED - {role}):
        raise Refused(
            _l("One person cannot be administrator and auditor. Choose another person, or end the other role first."),
            field="role",
        )


def require_other_person(by: Actor, person_id: int) -> None:
    if by.person_id == person_id:
        raise Refused(_l("Nobody grants or revokes their own roles. Ask another administrator or organiser."))


def require_later(until: date | None, today: date) -> None:
    if until is not None and until < today:
        raise Refused(_l("This date has passed. Choose a day from today on, or leave it empty."), field="until")


def require_administrator_left(role: Role, administrators: int) -> None:
    """A site without an administrator could not be mended from its pages."""
    if role is Role.ADMINISTRATOR and administrators <= 1:
        raise Refused(_l("This is the last administrator. Make another one first."))
