"""All permissions (``room:thing:verb``), the roles of the expo, and which role holds which permission.

A permission holds where its role was granted: on that region and below. "Own" things (a caretaker's tickets, an
exhibitor's projects) need no granted role; the rules of their rooms ask who they belong to.
"""

from __future__ import annotations

from expo.kit.language import _l
from expo.kit.words import Labelled


class P(Labelled):
    """Permissions."""

    PLACES_MANAGE = "places:place:manage", _l("Manage regions, venues and halls")
    PEOPLE_READ = "people:person:read", _l("See persons")
    PEOPLE_MANAGE = "people:person:manage", _l("Manage accounts")
    PEOPLE_UNMASK = "people:contact:unmask", _l("Show masked contact data")
    ROLES_READ = "people:role:read", _l("See who may do what")
    ROLES_GRANT = "people:role:grant", _l("Grant roles")
    ORGANISATIONS_MANAGE = "people:organisation:manage", _l("Manage organisations")
    HISTORY_READ = "kit:history:read", _l("Read the audit log")
    JOBS_MANAGE = "kit:job:manage", _l("Manage running work")
    EDITIONS_READ = "editions:edition:read", _l("See editions")
    EDITIONS_MANAGE = "editions:edition:manage", _l("Manage editions")
    POOL_READ = "pool:ticket:read", _l("See tickets")
    POOL_SERVE = "pool:ticket:serve", _l("Serve own tickets")
    POOL_MANAGE = "pool:ticket:manage", _l("Manage tickets")
    POOL_ASSIGN = "pool:ticket:assign", _l("Assign tickets")
    POOL_IMPORT = "pool:ticket:import", _l("Import tickets")
    POOL_EXPORT = "pool:ticket:export", _l("Export tickets")
    SHORTLIST_READ = "shortlist:candidate:read", _l("See candidates")
    SHORTLIST_NOMINATE = "shortlist:candidate:nominate", _l("Nominate candidates")
    SHORTLIST_ENDORSE = "shortlist:candidate:endorse", _l("Endorse candidates")
    SHORTLIST_DECIDE = "shortlist:decision:make", _l("Decide on candidates")
    SHORTLIST_RELEASE = "shortlist:decision:release", _l("Release decisions")
    SHORTLIST_NOTICE = "shortlist:notice:manage", _l("Manage the public notice")
    JUDGING_READ = "judging:panel:read", _l("Read panels, and their scores once they are closed")
    JUDGING_MANAGE = "judging:panel:manage", _l("Manage panels and scoring")
    JUDGING_SCORE = "judging:submission:score", _l("Score assigned candidates")
    PROJECTS_READ = "projects:project:read", _l("See projects")
    PROJECTS_MANAGE = "projects:project:manage", _l("Manage projects")
    PROJECTS_ACCEPT = "projects:project:accept", _l("Accept projects")
    PROGRAMME_READ = "programme:session:read", _l("See the draft programme")
    PROGRAMME_EDIT = "programme:session:edit", _l("Edit the programme")
    PROGRAMME_RELEASE = "programme:release:publish", _l("Release the programme")
    REGISTRATION_READ = "registration:registration:read", _l("See registrations")
    REGISTRATION_MANAGE = "registration:registration:manage", _l("Manage registrations")
    BADGES_PRINT = "registration:badge:print", _l("Print badges")
    CHECKIN_READ = "checkin:scan:read", _l("See gates and entries")
    CHECKIN_SCAN = "checkin:scan:make", _l("Scan at the gate")
    CHECKIN_MANAGE = "checkin:gate:manage", _l("Manage gates")
    CHECKIN_LATE = "checkin:scan:late", _l("Enter late check-ins")
    MEETINGS_READ = "meetings:meeting:read", _l("See meetings")
    MEETINGS_MANAGE = "meetings:meeting:manage", _l("Manage meetings")
    SIGNINGS_READ = "signings:signing:read", _l("See signings")
    SIGNINGS_MANAGE = "signings:signing:manage", _l("Manage signings")
    STREAMING_READ = "streaming:broadcast:read", _l("See broadcasts")
    STREAMING_DIRECT = "streaming:broadcast:direct", _l("Direct broadcasts")
    STREAMING_MODERATE = "streaming:message:moderate", _l("Moderate messages")
    FOLLOWUP_READ = "followup:case:read", _l("See follow-up cases")
    FOLLOWUP_SERVE = "followup:case:serve", _l("Serve own follow-up cases")
    FOLLOWUP_MANAGE = "followup:case:manage", _l("Manage follow-up cases")
    FOLLOWUP_CLOSE = "followup:edition:close", _l("Close an edition")
    STATISTICS_READ = "statistics:figure:read", _l("See figures")
    STATISTICS_EXPORT = "statistics:figure:export", _l("Export figures")


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
    P.CHECKIN_READ, P.CHECKIN_SCAN, P.MEETINGS_READ, P.SIGNINGS_READ, P.FOLLOWUP_READ, P.FOLLOWUP_MANAGE, P.STREAMING_READ,
    P.STATISTICS_READ, P.STATISTICS_EXPORT,
})
_CITY = _ORGANISER | {
    P.SHORTLIST_ENDORSE, P.PROJECTS_MANAGE, P.PROJECTS_ACCEPT, P.PROGRAMME_EDIT, P.REGISTRATION_MANAGE,
    P.BADGES_PRINT, P.CHECKIN_MANAGE, P.MEETINGS_MANAGE, P.SIGNINGS_MANAGE, P.ROLES_GRANT,
}
_PROVINCE = _CITY | {
    P.PLACES_MANAGE, P.EDITIONS_MANAGE, P.SHORTLIST_DECIDE, P.SHORTLIST_RELEASE, P.SHORTLIST_NOTICE,
    P.JUDGING_READ, P.JUDGING_MANAGE, P.PROGRAMME_RELEASE, P.CHECKIN_LATE, P.STREAMING_DIRECT, P.STREAMING_MODERATE,
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
    Role.GATE_STAFF: frozenset({P.CHECKIN_READ, P.CHECKIN_SCAN, P.BADGES_PRINT}),
    Role.STAGE_MANAGER: frozenset({P.PROGRAMME_READ, P.STREAMING_READ, P.STREAMING_DIRECT}),
    Role.MODERATOR: frozenset({P.PROGRAMME_READ, P.STREAMING_READ, P.STREAMING_MODERATE}),
    Role.AUDITOR: _READ_ALL,
}


def permissions_of(role: Role, region_path: str) -> frozenset[P]:
    """What ``role`` may do when granted on the region at ``region_path``: an organiser's rights grow with the level."""
    if role is not Role.ORGANISER:
        return frozenset(_ROLE_PERMISSIONS[role])
    level = region_path.count("/") - 1
    return frozenset({1: _PROVINCE, 2: _CITY}.get(level, _ORGANISER))


#: Roles that must use a second factor to sign in.
SECOND_FACTOR_ROLES = frozenset({Role.ADMINISTRATOR})

#: Rights that those who direct the work hand out without doing the work themselves: right → right of the director.
DIRECTED_BY = {
    P.POOL_SERVE: P.POOL_ASSIGN,
    P.FOLLOWUP_SERVE: P.FOLLOWUP_MANAGE,
    P.JUDGING_SCORE: P.JUDGING_MANAGE,
}

#: Duties that one person must not hold together: who runs the accounts does not audit them.
SEPARATED = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
