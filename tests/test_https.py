"""https for the local network: a certificate that phones can be told to trust, for this machine's names and no others."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import certificate, serving
from scripts.stack import NGINX, Stack, free_port

NAMES = ("192.168.1.20", "localhost", "127.0.0.1", "gate.local")


def checked(made: certificate.Certificate, name: str) -> subprocess.CompletedProcess[str]:
    kind = "-verify_ip" if name[0].isdigit() else "-verify_hostname"
    return subprocess.run(["openssl", "verify", "-purpose", "sslserver", kind, name, "-CAfile", str(made.authority), str(made.chain)],
                          capture_output=True, text=True, check=False)


def test_the_self_made_certificate_is_good_for_the_machines_names_and_no_others(tmp_path: Path) -> None:
    made = certificate.own_certificate(tmp_path, NAMES)
    assert all(checked(made, name).returncode == 0 for name in NAMES)
    assert checked(made, "bank.example.cn").returncode != 0


def test_the_authority_cannot_vouch_for_others_sites(tmp_path: Path) -> None:
    """Whoever steals its key cannot pretend to be a bank to the phones that trust it."""
    certificate.own_certificate(tmp_path, NAMES)
    folder = tmp_path / "https"
    authority, key = certificate._authority(folder, ())
    certificate._make_site(folder / "evil.pem", folder / "evil.key", ("bank.example.cn",), authority, key)
    made = certificate.Certificate(folder / "evil.pem", folder / "evil.key", folder / "authority.crt")
    assert "permitted subtree violation" in checked(made, "bank.example.cn").stderr


def test_it_stays_the_same_until_an_address_is_new_and_the_authority_longer(tmp_path: Path) -> None:
    first = certificate.own_certificate(tmp_path, NAMES)
    before = first.chain.read_bytes()
    assert certificate.own_certificate(tmp_path, NAMES).chain.read_bytes() == before
    moved = certificate.own_certificate(tmp_path, ("10.0.0.7", *NAMES))
    assert moved.chain.read_bytes() != before
    assert moved.fingerprint == first.fingerprint
    assert certificate.own_certificate(tmp_path, ("expo.example.cn", *NAMES)).fingerprint != first.fingerprint
    assert checked(certificate.own_certificate(tmp_path, ("203.0.113.9", *NAMES)), "203.0.113.9").returncode == 0


def test_keys_are_for_their_owners_eyes_only(tmp_path: Path) -> None:
    certificate.own_certificate(tmp_path, NAMES)
    assert [path.stat().st_mode & 0o077 for path in sorted((tmp_path / "https").glob("*.key"))] == [0, 0]


def test_a_given_certificate_must_fit_its_key(tmp_path: Path) -> None:
    made = certificate.own_certificate(tmp_path / "a", NAMES)
    other = certificate.own_certificate(tmp_path / "b", NAMES)
    assert certificate.given_certificate(made.chain, made.key).authority is None
    for chain, key in ((made.chain, other.key), (made.key, made.key), (tmp_path / "none", made.key)):
        with pytest.raises(ValueError, match=r"is not|are not"):
            certificate.given_certificate(chain, key)


@pytest.mark.skipif(shutil.which(NGINX) is None, reason="nginx is not installed")
@pytest.mark.parametrize("own", [True, False])
def test_the_edge_takes_the_certificate(tmp_path: Path, own: bool) -> None:
    made = certificate.own_certificate(tmp_path, NAMES)
    stack = Stack(home=tmp_path, port=free_port(), certificate=made if own else certificate.given_certificate(made.chain, made.key),
                  https_name="192.168.1.20")
    config = stack._write_edge()
    done = subprocess.run([NGINX, "-t", "-e", "stderr", "-p", str(tmp_path / "edge"), "-c", str(config)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ("location = /authority.crt" in config.read_text()) is own
    assert stack.url == f"https://192.168.1.20:{stack.port}"


def test_options_of_https_belong_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert (serving.parse(["--https"]).host, serving.parse(["--https"]).port) == ("0.0.0.0", 8443)
    assert (serving.parse([]).host, serving.parse([]).port) == ("127.0.0.1", 8000)
    for wrong in (["--certificate", "x"], ["--https", "--key", "x"], ["--name", "expo.example.cn"]):
        with pytest.raises(SystemExit):
            serving.parse(wrong)
    assert "belong" in capsys.readouterr().err
