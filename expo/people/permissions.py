"""All permissions (``room:thing:verb``), the roles of the expo, and which role holds which permission.

A permission holds where its role was granted: on that region and below. "Own" things (a caretaker's tickets, an
exhibitor's projects) need no granted role; the rules of their rooms ask who they belong to.
"""

from __future__ import annotations

from enum import StrEnum

from expo.kit.language import _l
from expo.kit.words import Labelled


class P(StrEnum):
    """Permissions."""

    PLACES_MANAGE = "places:place:manage"
    PEOPLE_READ = "people:person:read"
    PEOPLE_MANAGE = "people:person:manage"
    PEOPLE_UNMASK = "people:contact:unmask"
    ROLES_READ = "people:role:read"
    ROLES_GRANT = "people:role:grant"
    ORGANISATIONS_MANAGE = "people:organisation:manage"
    HISTORY_READ = "kit:history:read"
    JOBS_MANAGE = "kit:job:manage"
    EDITIONS_READ = "editions:edition:read"
    EDITIONS_MANAGE = "editions:edition:manage"
    POOL_READ = "pool:ticket:read"
    POOL_SERVE = "pool:ticket:serve"
    POOL_MANAGE = "pool:ticket:manage"
    POOL_ASSIGN = "pool:ticket:assign"
    POOL_IMPORT = "pool:ticket:import"
    POOL_EXPORT = "pool:ticket:export"
    SHORTLIST_READ = "shortlist:candidate:read"
    SHORTLIST_NOMINATE = "shortlist:candidate:nominate"
    SHORTLIST_ENDORSE = "shortlist:candidate:endorse"
    SHORTLIST_DECIDE = "shortlist:decision:make"
    SHORTLIST_RELEASE = "shortlist:decision:release"
    SHORTLIST_NOTICE = "shortlist:notice:manage"
    JUDGING_MANAGE = "judging:panel:manage"
    JUDGING_SCORE = "judging:submission:score"
    PROJECTS_READ = "projects:project:read"
    PROJECTS_MANAGE = "projects:project:manage"
    PROJECTS_ACCEPT = "projects:project:accept"
    PROGRAMME_READ = "programme:session:read"
    PROGRAMME_EDIT = "programme:session:edit"
    PROGRAMME_RELEASE = "programme:release:publish"
    REGISTRATION_READ = "registration:registration:read"
    REGISTRATION_MANAGE = "registration:registration:manage"
    BADGES_PRINT = "registration:badge:print"
    CHECKIN_SCAN = "checkin:scan:make"
    CHECKIN_MANAGE = "checkin:gate:manage"
    CHECKIN_LATE = "checkin:scan:late"
    MEETINGS_READ = "meetings:meeting:read"
    MEETINGS_MANAGE = "meetings:meeting:manage"
    SIGNINGS_READ = "signings:signing:read"
    SIGNINGS_MANAGE = "signings:signing:manage"
    STREAMING_READ = "streaming:broadcast:read"
    STREAMING_DIRECT = "streaming:broadcast:direct"
    STREAMING_MODERATE = "streaming:message:moderate"
    FOLLOWUP_READ = "followup:case:read"
    FOLLOWUP_SERVE = "followup:case:serve"
    FOLLOWUP_MANAGE = "followup:case:manage"
    FOLLOWUP_CLOSE = "followup:edition:close"
    STATISTICS_READ = "statistics:figure:read"
    STATISTICS_EXPORT = "statistics:figure:export"


class Role(Labelled):
    """The roles of the expo; each is granted on a node of the region tree."""

    ADMINISTRATOR = "administrator", _l("Administrator")
    ORGANISER = "organiser", _l("Organiser")
    HOST = "host", _l("Host organisation")
    CARETAKER = "caretaker", _l("Caretaker")
    EXTERNAL_CARETAKER = "external_caretaker", _l("External caretaker")
    REVIEWER = "reviewer", _l("Reviewer")
    GATE_STAFF = "gate_staff", _l("Gate staff")
    STAGE_MANAGER = "stage_manager", _l("Stage manager")
    MODERATOR = "moderator", _l("Moderator")
    AUDITOR = "auditor", _l("Auditor")


_READ_ALL = frozenset(p for p in P if p.endswith(":read"))

#: What an organiser may do at every level; the level's own rights come on top.
_ORGANISER = frozenset({
    P.PEOPLE_READ, P.PEOPLE_UNMASK, P.ROLES_READ, P.ORGANISATIONS_MANAGE, P.EDITIONS_READ,
    P.POOL_READ, P.POOL_MANAGE, P.POOL_ASSIGN, P.POOL_IMPORT, P.POOL_EXPORT,
    P.SHORTLIST_READ, P.SHORTLIST_NOMINATE, P.PROJECTS_READ, P.PROGRAMME_READ, P.REGISTRATION_READ,
    P.CHECKIN_SCAN, P.MEETINGS_READ, P.SIGNINGS_READ, P.FOLLOWUP_READ, P.FOLLOWUP_MANAGE, P.STREAMING_READ,
    P.STATISTICS_READ, P.STATISTICS_EXPORT,
})
_CITY = _ORGANISER | {
    P.SHORTLIST_ENDORSE, P.PROJECTS_MANAGE, P.PROJECTS_ACCEPT, P.PROGRAMME_EDIT, P.REGISTRATION_MANAGE,
    P.BADGES_PRINT, P.CHECKIN_MANAGE, P.MEETINGS_MANAGE, P.SIGNINGS_MANAGE, P.ROLES_GRANT,
}
_PROVINCE = _CITY | {
    P.PLACES_MANAGE, P.EDITIONS_MANAGE, P.SHORTLIST_DECIDE, P.SHORTLIST_RELEASE, P.SHORTLIST_NOTICE,
    P.JUDGING_MANAGE, P.PROGRAMME_RELEASE, P.CHECKIN_LATE, P.STREAMING_DIRECT, P.STREAMING_MODERATE,
    P.FOLLOWUP_CLOSE, P.JOBS_MANAGE,
}

#: Roles whose rights do not depend on the level of the region they are granted on.
_ROLE_PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.ADMINISTRATOR: frozenset({
        P.PLACES_MANAGE, P.PEOPLE_READ, P.PEOPLE_MANAGE, P.PEOPLE_UNMASK, P.ROLES_READ, P.ROLES_GRANT,
        P.ORGANISATIONS_MANAGE, P.EDITIONS_READ, P.EDITIONS_MANAGE, P.JOBS_MANAGE,
    }),
    Role.HOST: frozenset({
        P.EDITIONS_READ, P.POOL_READ, P.SHORTLIST_READ, P.SHORTLIST_NOMINATE, P.PROJECTS_READ, P.PROGRAMME_READ,
    }),
    Role.CARETAKER: frozenset({P.EDITIONS_READ, P.POOL_SERVE, P.FOLLOWUP_SERVE, P.POOL_EXPORT}),
    Role.EXTERNAL_CARETAKER: frozenset({P.POOL_SERVE, P.FOLLOWUP_SERVE}),
    Role.REVIEWER: frozenset({P.EDITIONS_READ, P.JUDGING_SCORE}),
    Role.GATE_STAFF: frozenset({P.CHECKIN_SCAN, P.BADGES_PRINT}),
    Role.STAGE_MANAGER: frozenset({P.PROGRAMME_READ, P.STREAMING_READ, P.STREAMING_DIRECT}),
    Role.MODERATOR: frozenset({P.PROGRAMME_READ, P.STREAMING_READ, P.STREAMING_MODERATE}),
    Role.AUDITOR: _READ_ALL,
}


def permissions_of(role: Role, region_path: str) -> frozenset[str]:
    """What ``role`` may do when granted on the region at ``region_path``: an organiser's rights grow with the level."""
    if role is not Role.ORGANISER:
        return frozenset(_ROLE_PERMISSIONS[role])
    level = region_path.count("/") - 1
    return frozenset({1: _PROVINCE, 2: _CITY}.get(level, _ORGANISER))


#: Roles that must use a second factor to sign in.
SECOND_FACTOR_ROLES = frozenset({Role.ADMINISTRATOR})
