"""What scripts/serve does once the programs are there: check settings and port, start the parts, say where the site is."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from scripts.runner import Runner, StartError
from scripts.stack import ROOT, Stack

if TYPE_CHECKING:
    from scripts.certificate import Certificate

RTMP_PORT = 1935


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    os.umask(0o077)  # What the site writes is personal data: for this user's eyes only.
    settings = load_settings_module()
    try:
        config = settings.load_config()
        stack = Stack(
            home=config.home,
            port=options.port,
            host=options.host,
            upload_mb=config.max_upload_mb,
            outer_proxies=config.trusted_proxies,
            rtmp_host=options.rtmp_host,
            rtmp_port=options.rtmp_port if options.rtmp_port is not None else usual_rtmp_port(options.host),
            public_url=config.public_url if is_set(settings, "EXPO_PUBLIC_URL", config.public_url) else "",
            certificate=certificate_for(options, config.home),
            https_name=https_name(options),
            given=settings.given_values(os.environ, []),
        )
        with stack.claim():
            stack.check_port()
            if stack.has_media and options.rtmp_port:
                stack.check_port(options.rtmp_port, "rtmp-port")
            print("==> The parts start: web (gunicorn), edge (nginx), worker (jobs)"
                  f"{', media (RTMP), studio' if stack.has_media else ''}. All data lies in {stack.home}.")
            runner = Runner(stack.parts(empty=options.empty), stack.environment(), str(ROOT))
            return runner.run(lambda: greet(stack))
    except settings.ConfigError as error:
        return refuse("The settings are wrong:", *(f"  - {problem}" for problem in error.problems))
    except StartError as error:
        return refuse(str(error))
    except PermissionError as error:
        return refuse(
            f"{error.filename} belongs to another user, so the site cannot work with it.",
            "Start as that user, or give the site a folder of its own by EXPO_HOME.",
        )


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/serve")
    parser.add_argument("--empty", action="store_true", help="no demonstration, for real use")
    parser.add_argument("--port", type=int, help="8000, or with --https 8443")
    parser.add_argument("--host", help="127.0.0.1, or with --https 0.0.0.0: the local network")
    parser.add_argument("--https", action="store_true", help="for the local network: phones at the gates need it")
    parser.add_argument("--certificate", type=Path, help="with --https: your own certificate with its chain (PEM)")
    parser.add_argument("--key", type=Path, help="with --https: its key (PEM)")
    parser.add_argument("--name", help="with --https: the name or address by which phones reach this machine")
    parser.add_argument("--rtmp-host", default="", help="on which address, if not on that of --host; 0.0.0.0 for all")
    parser.add_argument("--rtmp-port", type=int, help="where senders of pictures connect; else 1935 if it is free")
    options = parser.parse_args(arguments)
    if (options.certificate is None) != (options.key is None):
        parser.error("--certificate and --key belong together")
    if not options.https and (options.certificate or options.name):
        parser.error("--certificate, --key and --name belong to --https")
    options.host = options.host or ("0.0.0.0" if options.https else "127.0.0.1")
    options.port = options.port or (8443 if options.https else 8000)
    return options


def https_name(options: argparse.Namespace) -> str:
    """How the site is called over https: as it is said, else by the address that others in the network use."""
    if not options.https:
        return "localhost"
    from scripts.certificate import local_names

    return options.name or local_names()[0]


def certificate_for(options: argparse.Namespace, home: Path) -> Certificate | None:
    """The certificate to speak https with; the self-made one is for all names of this machine."""
    if not options.https:
        return None
    from scripts import certificate

    if options.certificate:
        try:
            return certificate.given_certificate(options.certificate, options.key)
        except ValueError as error:
            raise StartError(str(error)) from None
    names = certificate.local_names()
    return certificate.own_certificate(home, tuple(dict.fromkeys([*([options.name] if options.name else []), *names])))


def usual_rtmp_port(host: str) -> int:
    """The port that senders expect, or 0 when another program has it: the pages do not wait for that."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, RTMP_PORT))
        except OSError:
            return 0
    return RTMP_PORT


def load_settings_module() -> ModuleType:
    """The reader of the settings by its path: as ``expo.kit.config`` it would load the whole site first, here too."""
    spec = importlib.util.spec_from_file_location("expo_settings", ROOT / "expo" / "kit" / "config.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Dataclasses look their module up there.
    spec.loader.exec_module(module)
    return module


def is_set(settings: ModuleType, name: str, value: str) -> bool:
    """Whether the operator chose this value; the default is only right for the default port."""
    return all(value != default for known, default, *_ in settings.SETTINGS if known == name)


async def greet(stack: Stack) -> None:
    while not await asyncio.to_thread(stack.answers):
        await asyncio.sleep(0.05)
    lines = stack.greeting.read_text().splitlines()
    stack.greeting.unlink()  # It may hold the link by which the first administrator is made.
    print(f"\n    The site is open at {stack.url}\n")
    if stack.has_media and (sender := stack.environment()["EXPO_MEDIA_SENDER_URL"]):
        print(f"    Senders of pictures (OBS) connect to {sender}\n")
    if stack.certificate and stack.certificate.authority:
        print(trust(stack))
    elif stack.host not in {"127.0.0.1", "localhost"} and not stack.public_url and not stack.certificate:
        print("    Other machines reach it too, but QR codes and mail say localhost: set EXPO_PUBLIC_URL.\n")
    print("".join(f"    {line}\n" for line in [*lines, ""] if lines) + "    Ctrl-C stops everything.\n", flush=True)


def trust(stack: Stack) -> str:
    """How phones come to trust the self-made certificate."""
    assert stack.certificate
    return "\n".join(f"    {line}".rstrip() for line in (
        "Its certificate is self-made. Phones and computers trust it once they have taken over its authority:",
        f"  {stack.url}/authority.crt   (open it on the phone; the browser warns once before)",
        "  Android: Settings › Security › Encryption & credentials › Install a certificate › CA certificate",
        "  iPhone:  Settings › Profile downloaded › Install; then General › About › Certificate Trust Settings › on",
        "  HarmonyOS: Settings › Security › More › Install from storage › CA certificate",
        "Compare its fingerprint (SHA-256) on the phone before you trust it:",
        f"  {stack.certificate.fingerprint[:47]}",
        f"  {stack.certificate.fingerprint[48:]}",
        "It can vouch for this machine and private addresses only. docs/operations.md says more.",
        "",
    ))


def refuse(*lines: str) -> int:
    print("\n" + "\n".join(lines), file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
