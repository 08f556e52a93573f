"""The sentences that the gate's web app says by itself: it takes them along, so that it speaks without network, too."""

from __future__ import annotations

from expo.checkin.models import GateKind, ScanKind, ScanReason
from expo.kit.language import _, current_language, speaking
from expo.registration.models import BadgeKind


def app_words() -> dict[str, str]:
    """Sentence by name; ``{count}`` and the like are filled in on the device."""
    return {
        **{f"kind_{kind.value}": str(kind.label) for kind in ScanKind},
        **{f"badge_{kind.value}": str(kind.label) for kind in BadgeKind},
        **{f"place_{kind.value}": str(kind.label) for kind in GateKind},
        **{f"reason_{reason.value}": str(reason.label) for reason in ScanReason if reason.value},
        **_answers(), **_link(), **_enrolling(), **_checks(), **_tools(),
        **{f"second_{name}": words for name, words in _second_language().items()},
    }


def kiosk_words() -> dict[str, dict[str, str]]:
    """The kiosk greets in both languages at once."""
    found = {}
    for language in ("zh_Hans", "en"):
        with speaking(language):
            found[language] = {"greeting": _("Welcome to the expo"), "hint": _("Hold the code of your badge before the camera")}
    return found


def _answers() -> dict[str, str]:
    return {
        **_big_words(),
        "not_counted": _("Not counted"),
        "away": _("There is no network, and without a code nobody can be judged. Scan the badge, or wait."),
        "chip_needs_network": _("Without network a chip says nothing. Scan the code on the badge."),
        "look": _("This badge was used here before. Look at the person."),
        "first": _("First entry %(time)s at %(place)s", time="{time}", place="{place}"),
        "last": _("Last seen %(time)s at %(place)s", time="{time}", place="{place}"),
        "unkept": _("Not checked without network: %(rules)s", rules="{rules}"),
        "unkept_note": _("Without network this cannot be kept: %(rules)s. Everything else is.", rules="{rules}"),
        "unkept_capacity": _("how many are inside"),
        "unkept_again": _("entries at other doors in the meantime"),
        "unkept_signed_up": _("signing up"), "unkept_zones": _("zones"), "unkept_live": _("moving codes"),
        "ask_desk": _("Please go to the desk"),
        "test_passed": _("The test badge was read in %(ms)s ms. It lets nobody in.", ms="{ms}"),
        "undone": _("The scan of %(name)s was taken back", name="{name}"),
        "not_undone": _("The scan cannot be taken back any more"),
        "somebody": _("somebody"),
        "let_in": _("Let in"), "taken_back": _("Taken back"), "take_back": _("Take back"),
    }


def _big_words() -> dict[str, str]:
    return {
        "admitted": _("Welcome"), "readmitted": _("Welcome back"), "exit": _("Goodbye"), "print_good": _("Badge is valid"),
        "inside": _("Already inside"), "repeated": _("Was here already"), "refused": _("No entry"), "tested": _("Test passed"),
        "double": _("Already inside"), "failed": _("Not counted"),
    }


def _second_language() -> dict[str, str]:
    with speaking("en" if current_language() != "en" else "zh_Hans"):
        return {**_big_words(), "ask_desk": _("Please go to the desk")}


def _link() -> dict[str, str]:
    return {
        "online": _("Online"), "offline": _("Offline"), "unplugged": _("Switched off"),
        "waiting": _("%(count)s waiting", count="{count}"),
        "gone_offline": _("No network: the gate goes on by itself"),
        "back_online": _("The network is back"),
        "handed_in": _("%(count)s scans were handed in", count="{count}"),
        "doubles": _("%(count)s people were admitted twice while the doors were apart: %(times)s. The workbench shows them by gate.",
                     count="{count}", times="{times}"),
        "stuck": _("%(count)s scans are refused by the site: %(reason)s", count="{count}", reason="{reason}"),
        "queue_online": _("The site answers; each scan is judged there."),
        "queue_offline": _("The site does not answer. The device judges by its own list and hands the scans in later, by itself."),
        "queue_waiting": _("Scans that wait to be handed in"),
        "queue_pack": _("Badges on this device"),
        "queue_pack_age": _("As of"),
        "queue_skew": _("Clock of this device"),
        "queue_speed": _("Last answer"),
        "seconds_ahead": _("%(count)s s ahead", count="{count}"), "seconds_behind": _("%(count)s s behind", count="{count}"),
        "clock_good": _("right"),
        "pack_none": _("no badges yet"),
        "pack_words": _("%(count)s badges as of %(time)s", count="{count}", time="{time}"),
    }


def _enrolling() -> dict[str, str]:
    return {
        "enrolling": _("Enrolling …"),
        "enrol_no_code": _("This is not an enrolment code."),
        "enrol_no_network": _("Enrolling needs the network. Try again when it is there."),
        "revoked": _("This device is no longer trusted. Everything on it was deleted; enrol it anew."),
        "kept": _("%(count)s scans were not handed in yet; they are kept and follow after the next enrolment.", count="{count}"),
        "sign_off_sure": _("Forget everything on this device? It has to be enrolled anew afterwards."),
        "camera_denied": _("The camera may not be used. Allow it in the browser, or use a scanner."),
        "camera_none": _("No camera was found. Use a scanner or search by name."),
        "camera_insecure": _("The camera needs an https address. Use a scanner or search by name."),
        "update": _("A new version is ready"),
    }


def _checks() -> dict[str, str]:
    return {
        "check_secure": _("Secure address (https)"), "check_shell": _("App kept on the device"),
        "check_storage": _("Storage is not cleared by itself"), "check_keys": _("Keys for reading badges"),
        "check_pack": _("Badges for working without network"), "check_clock": _("Clock"), "check_queue": _("Waiting scans"),
        "check_camera": _("Camera"), "check_network": _("Network"), "check_test": _("Test badge without network"),
        "check_back": _("Network back again"),
        "yes": _("yes"), "no": _("no"), "none": _("none"), "not_yet": _("not done yet"), "tested_at": _("passed at %(time)s", time="{time}"),
        "step_unplug": _("1. Press “Network off”, or switch the device to flight mode."),
        "step_scan": _("2. Scan the test badge now."),
        "step_back": _("3. Switch the network on again."),
        "step_done": _("All steps passed. The gate may open."),
        "step_failed": _("The test badge was refused: %(reason)s", reason="{reason}"),
    }


def _tools() -> dict[str, str]:
    return {
        "nobody": _("Nobody was found."), "search_needs_network": _("Searching needs the network."),
        "type_more": _("Type at least two characters."), "no_badge": _("has no valid badge"),
        "group_people": _("%(present)s of %(due)s are here", present="{present}", due="{due}"),
        "group_admit": _("Let %(count)s in", count="{count}"),
        "group_done": _("%(count)s were let in", count="{count}"), "back": _("Back"), "close": _("Close"),
        "here_since": _("here since %(time)s", time="{time}"),
        "figures_here": _("Without network: only what this device did since it was opened."),
        "figure_admitted": _("Entries"), "figure_inside": _("Inside now"), "figure_repeated": _("Repeated"),
        "figure_refused": _("Refused"), "figure_due": _("Expected"),
        "figure_device": _("Device"), "hours": _("By hour"),
        "kiosk_end": _("Number to end it"), "kiosk_begin": _("Number to end it (4 to 8 digits)"),
        "kiosk_wrong": _("This is not the number."), "begin": _("Start self check-in"), "end": _("End self check-in"),
        "print_failed": _("The badge could not be fetched: %(reason)s", reason="{reason}"),
        "tie_needs_network": _("Tying a chip needs the network."),
        "chip_tied": _("The chip belongs to the badge of %(name)s now", name="{name}"),
        "print_open": _("Open the badge for printing"),
        "of_hours": _("%(hour)s h", hour="{hour}"),
    }
