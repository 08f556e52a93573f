"""The floors of the house, lowest first: the order of imports and of registration.

A room may import the rooms before it, never one after it. ``tests/test_house.py`` holds the code to this list.
"""

from __future__ import annotations

ROOMS: dict[str, str] = {
    "kit": "Tools that know no word of the expo.",
    "places": "Regions, venues and halls, main and branch.",
    "people": "Persons, organisations, roles and their scope, signing in.",
    "editions": "One expo per year: stages, deadlines, industries, quotas, targets.",
    "pool": "Service tickets, visits, plans; import and export.",
    "judging": "Panels, criteria, assignment, recusal, scores, ranking.",
    "shortlist": "Candidates from the pool, decisions, public notice.",
    "projects": "What exhibitors show: material, review, online hall.",
    "programme": "Sessions, time slots, placing, releases.",
    "registration": "Attendees, consents, badges.",
    "checkin": "Gates, scans, who is inside.",
    "meetings": "Interests, meetings and what came of them.",
    "signings": "Agreements, their papers and their verification.",
    "streaming": "The place of a session's player and replay.",
    "followup": "Cases, responses and outcomes after the expo.",
    "statistics": "Figures, the funnel and the ledger of all projects.",
    "desk": "Pages that compose rooms: home, search, each role's landing page, the demonstration.",
}

#: Shelves of a room, lowest first; a shelf may be split by noun with its name in front (``queries_ranking``).
SHELVES = (
    "words", "permissions", "models", "events", "rules", "queries", "papers", "actions", "jobs", "forms",
    "views", "api", "commands",
)
