"""What the person who starts the site should know about getting in."""

from __future__ import annotations

from expo.people import queries, queries_sign_in
from expo.people.actions_first import make_first_link


def tell_who_may_enter(_demonstration: bool) -> list[str]:
    """The demonstration's accounts; or, as long as there is no administrator, the link that makes the first."""
    if accounts := queries.list_demo_accounts():
        return ["The sign-in page of the demonstration lets you in as one of these:"] + [
            f"  {account.label} · {account.person.name}" for account in accounts
        ]
    if queries_sign_in.has_signed_in_administrator():
        return []
    return ["There is no administrator yet. Open this link within 24 hours to become the first:", f"  {make_first_link()}"]
