"""What the public check page says of a paper: genuine, superseded, void, unknown, changed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expo.kit.language import _l
from expo.kit.words import Labelled
from expo.signings.models import AgreementVersion, Signing, SigningStatus
from expo.signings.rules import ISSUED


class Verdict(Labelled):
    GENUINE = "genuine", _l("This agreement is genuine")
    SUPERSEDED = "superseded", _l("This paper is superseded")
    VOID = "void", _l("This agreement is void")
    CHANGED = "changed", _l("This file is not the issued paper")
    UNKNOWN = "unknown", _l("No agreement has this serial")


@dataclass(frozen=True)
class Told:
    """The answer: a verdict, a sentence that explains it, and the version it is about."""

    verdict: Verdict
    sentence: Any
    version: AgreementVersion | None = None


UNKNOWN = Told(Verdict.UNKNOWN, _l("Compare the serial with the paper, letter by letter. If it is written there like this, "
                                   "the paper does not come from us."))
_STANDS = {
    SigningStatus.FROZEN: _l("The text is issued and waits for its signatures."),
    SigningStatus.SIGNED: _l("The agreement is signed."),
    SigningStatus.REGISTERED: _l("The agreement is signed and registered as a technology contract."),
}


def is_issued(signing: Signing | None) -> bool:
    """Whether anything of a signing is public: until its first paper there is nothing to check."""
    return signing is not None and bool(signing.versions)


def judge(signing: Signing | None, asked: int | None) -> Told:
    """What is told of a serial, and of the version that the paper's code names."""
    if signing is None or not is_issued(signing):
        return UNKNOWN
    newest = signing.versions[-1]
    if asked is not None and not 1 <= asked <= newest.number:
        return Told(Verdict.UNKNOWN, _l("This agreement has no version %(number)s. The paper does not come from us.", number=asked))
    version = signing.versions[asked - 1] if asked else newest
    if signing.status is SigningStatus.VOID:
        return Told(Verdict.VOID, _l("It was declared void; none of its papers is in force."), version)
    if signing.status not in ISSUED:
        return Told(Verdict.SUPERSEDED, _l("The text is being changed; no version is in force until the next one is issued."), version)
    if version is not newest:
        return Told(Verdict.SUPERSEDED, _l("Version %(newest)s has taken its place.", newest=newest.number), version)
    return Told(Verdict.GENUINE, _STANDS[signing.status], version)


def compare(signing: Signing | None, sha256: str) -> Told:
    """What is told of a file: identical to a version, to the signed scan, or to nothing of this agreement."""
    if signing is None or not is_issued(signing):
        return UNKNOWN
    same = next((v for v in signing.versions if v.sha256 == sha256), None)
    if same is None and signing.scan is not None and signing.scan.sha256 == sha256:
        told = judge(signing, None)
        return Told(told.verdict, _l("The file is identical to the scan of the signed paper. %(more)s", more=told.sentence), told.version)
    if same is None:
        return Told(Verdict.CHANGED, _l("It differs from every version of this agreement: it was changed, saved anew by another "
                                        "program, or belongs to something else."))
    told = judge(signing, same.number)
    return Told(told.verdict, _l("The file is identical to version %(number)s, byte for byte. %(more)s",
                                 number=same.number, more=told.sentence), same)
