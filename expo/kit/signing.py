"""Signing keys of the site (ECDSA P-256): kept in EXPO_HOME/keys, numbered, made on first use, replaced by newer ones.

Signatures are 64 bytes (r and s), as WebCrypto wants them. They are deterministic (RFC 6979): the same payload under
the same key always gives the same signature, so papers that carry one are the same each time they are made.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PublicKey = ec.EllipticCurvePublicKey
_HALF = 32
_LAST_ID = 255  # A key's number has one byte in what is signed.


@dataclass(frozen=True)
class SigningKey:
    """One key and its number."""

    key_id: int
    private: ec.EllipticCurvePrivateKey

    def sign(self, payload: bytes) -> bytes:
        """64 bytes over ``payload``."""
        r, s = decode_dss_signature(self.private.sign(payload, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
        return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")

    def derive(self, label: bytes) -> bytes:
        """32 secret bytes that belong to this key and ``label``, and tell nothing about the key (HKDF-SHA256)."""
        scalar = self.private.private_numbers().private_value.to_bytes(_HALF, "big")
        return HKDF(hashes.SHA256(), 32, salt=None, info=label).derive(scalar)


def is_signed(public: PublicKey, payload: bytes, signature: bytes) -> bool:
    """Whether ``signature`` was made over ``payload`` with the key's private half."""
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    try:
        public.verify(encode_dss_signature(r, s), payload, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def newest_key(home: Path, purpose: str) -> SigningKey:
    """The key that signs now; the first one is made when there is none."""
    numbers = _numbers(home, purpose)
    key_id = numbers[-1] if numbers else _make(home, purpose, 1)
    return SigningKey(key_id, _private(_path(home, purpose, key_id)))


def find_key(home: Path, purpose: str, key_id: int) -> SigningKey | None:
    """An older key by its number; ``None`` when its file was removed."""
    path = _path(home, purpose, key_id)
    return SigningKey(key_id, _private(path)) if path.exists() else None


def public_keys(home: Path, purpose: str) -> dict[int, PublicKey]:
    """All keys by number: what was signed with an older one stays valid."""
    newest_key(home, purpose)
    return {n: _private(_path(home, purpose, n)).public_key() for n in _numbers(home, purpose)}


def rotate_key(home: Path, purpose: str) -> int:
    """Make the next key; from now on it signs. Removing an old file makes all that it signed invalid."""
    return _make(home, purpose, newest_key(home, purpose).key_id + 1)


def _path(home: Path, purpose: str, key_id: int) -> Path:
    return home / "keys" / f"{purpose}-{key_id}.pem"


def _numbers(home: Path, purpose: str) -> list[int]:
    pattern = re.compile(rf"{re.escape(purpose)}-(\d+)\.pem")
    names = os.listdir(home / "keys") if (home / "keys").is_dir() else []
    return sorted(int(found[1]) for name in names if (found := pattern.fullmatch(name)))


def _make(home: Path, purpose: str, key_id: int) -> int:
    """Write a new key unless another process was first; it appears in the folder whole or not at all."""
    if key_id > _LAST_ID:
        raise RuntimeError(f"There have been {_LAST_ID} keys for {purpose}: remove what nobody needs any more.")
    path = _path(home, purpose, key_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # The other process's key is as good as ours.
    finally:
        draft.unlink()
    return key_id


@cache
def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise RuntimeError(f"{path} is not a P-256 key.")
    return key
