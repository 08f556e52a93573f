"""The public keys of badges, kept by the process: a gate asks for them with every scan."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from expo.kit.config import current_config
from expo.kit.signing import PublicKey
from expo.registration.queries_keys import badge_keys

_kept: dict[str, tuple[int, Mapping[int, PublicKey]]] = {}


def kept_keys() -> Mapping[int, PublicKey]:
    """All keys by number; read again when the folder of keys has changed."""
    folder = str(current_config().home / "keys")
    try:
        changed = os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        changed = -1
    kept = _kept.get(folder)
    if kept is None or kept[0] != changed or changed == -1:
        kept = _kept[folder] = (changed, badge_keys())
    return kept[1]


def keys_for_devices() -> dict[str, str]:
    """The keys as WebCrypto reads them: uncompressed points in base64url."""
    return {
        str(number): base64.urlsafe_b64encode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode().rstrip("=")
        for number, key in kept_keys().items()
    }
