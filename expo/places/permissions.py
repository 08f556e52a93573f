"""The one right of this room, by name: the table of all permissions lies a floor higher, in ``expo.people``."""

PLACES_MANAGE = "places:place:manage"
