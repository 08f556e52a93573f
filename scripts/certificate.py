"""A certificate for the local network: made by an authority of this site's own, which phones are told to trust.

Both lie in EXPO_HOME/https. The authority may vouch for nothing but the names and addresses of this machine, so that
nobody who trusts it trusts it with anything else. Its certificate is made once; the site's is renewed by itself when
it runs out or when the machine's addresses change (the authority's too, when a name is new to it).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

#: iPhones refuse certificates that are good for longer than 825 days, even those of their owner's authorities.
SITE_LASTS, AUTHORITY_LASTS, RENEWED_BEFORE = timedelta(days=800), timedelta(days=3650), timedelta(days=30)
#: Networks that are nobody's on the internet: the authority may vouch for any address in them.
PRIVATE = tuple(ipaddress.ip_network(net) for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


@dataclass(frozen=True)
class Certificate:
    """Files for the edge; ``authority`` is what phones must trust, none for a certificate that was given."""

    chain: Path
    key: Path
    authority: Path | None = None
    fingerprint: str = ""


def given_certificate(chain: Path, key: Path) -> Certificate:
    """The operator's own certificate; ValueError with a sentence if it cannot be used."""
    for path in (chain, key):
        if not path.is_file():
            raise ValueError(f"{path} is not there.")
    try:
        found = x509.load_pem_x509_certificate(chain.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{chain} and {key} are not a certificate and its key in PEM: {error}") from None
    if _public_bytes(private.public_key()) != _public_bytes(found.public_key()):
        raise ValueError(f"{key} is not the key of {chain}.")
    if found.not_valid_after_utc < datetime.now(UTC):
        raise ValueError(f"{chain} ran out on {found.not_valid_after_utc:%Y-%m-%d}.")
    return Certificate(chain.resolve(), key.resolve())


def own_certificate(home: Path, names: tuple[str, ...]) -> Certificate:
    """The self-made certificate for ``names`` (host names and addresses), made or renewed if need be."""
    folder = home / "https"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, authority_key = _authority(folder, tuple(_allowed(name) for name in names if not _is_private(name)))
    chain, key = folder / "site.pem", folder / "site.key"
    if not _is_good(chain, key, names, authority):
        _make_site(chain, key, names, authority, authority_key)
    digest = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(chain, key, folder / "authority.crt", digest)


def local_names() -> tuple[str, ...]:
    """How this machine is called and reached in its network, the address that others use first."""
    found = [*_addresses(), "localhost", "127.0.0.1"]
    host = socket.gethostname().partition(".")[0]
    if host and host != "localhost":
        found += [host, f"{host}.local"]
    return tuple(dict.fromkeys(found))


def _addresses() -> list[str]:
    found = []
    # Without any network the site is reached from this machine alone.
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # Nothing is sent: it only tells which address would be used.
        found.append(probe.getsockname()[0])
    with suppress(OSError):  # The name may be known to no resolver; the address above is enough then.
        found += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [str(one) for one in found if any(ipaddress.ip_address(one) in net for net in PRIVATE)]


def _is_private(name: str) -> bool:
    address = _address(name)
    return address is not None and any(address in net for net in PRIVATE)


def _allowed(name: str) -> x509.GeneralName:
    """A name or one single address as an authority is limited to it."""
    return x509.DNSName(name) if _address(name) is None else x509.IPAddress(ipaddress.ip_network(name))


def _authority(folder: Path, own: tuple[x509.GeneralName, ...]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path, key_path = folder / "authority.crt", folder / "authority.key"
    if path.exists() and key_path.exists():
        found = x509.load_pem_x509_certificate(path.read_bytes())
        allowed = found.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        if set(own) <= set(allowed) and found.not_valid_after_utc - datetime.now(UTC) > SITE_LASTS:
            return found, _load_key(key_path)
        own = tuple(dict.fromkeys([*own, *allowed]))
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"Expo gate authority {socket.gethostname()}")
    permitted: list[x509.GeneralName] = list(dict.fromkeys([*own, *(x509.IPAddress(net) for net in PRIVATE)]))
    made = (
        _builder(name, name, key, AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(key_path, _pem(key))
    _write(path, made.public_bytes(serialization.Encoding.PEM), 0o644)
    return made, key


def _make_site(chain: Path, key_path: Path, names: tuple[str, ...], authority: x509.Certificate,
               authority_key: ec.EllipticCurvePrivateKey) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _builder(_named(names[0]), authority.subject, key, SITE_LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(key_path, _pem(key))
    encoding = serialization.Encoding.PEM
    _write(chain, made.public_bytes(encoding) + authority.public_bytes(encoding), 0o644)


def _is_good(chain: Path, key: Path, names: tuple[str, ...], authority: x509.Certificate) -> bool:
    if not chain.exists() or not key.exists():
        return False
    found = x509.load_pem_x509_certificate(chain.read_bytes())
    if found.not_valid_after_utc - datetime.now(UTC) < RENEWED_BEFORE:
        return False
    try:
        found.verify_directly_issued_by(authority)
    except Exception:  # Of another authority, whatever else may be wrong with it: a new one is made.
        return False
    said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_general(name) for name in names} <= set(said)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Phones whose clock is a little slow must not find it too young.
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
                         key_agreement=False, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False)


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _general(name: str) -> x509.GeneralName:
    address = _address(name)
    return x509.IPAddress(address) if address else x509.DNSName(name)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is not a key of the authority; remove {path.parent} to begin anew.")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _public_bytes(key: object) -> bytes:
    made: bytes = key.public_bytes(  # type: ignore[attr-defined]  # every public key has it
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return made


def _write(path: Path, content: bytes, mode: int = 0o600) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.rename(path)
