"""The scripts that people run in a checkout: the runner, the edge, the set-up and its sentences."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.request import Request

import pytest
import sqlalchemy as sa

from scripts.cluster import Cluster
from scripts.measuring import Context, Result, percentile
from scripts.runner import Part, Runner, StartError
from scripts.serving import is_set, load_settings_module
from scripts.stack import ROOT, Stack, free_port

SLEEPER = (sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(60)")


def run(*parts: Part, stop_when: Callable[[str], object] | None = None) -> tuple[int, str]:
    """Until the runner ends by itself; or it is asked to stop by a signal, once what it says is so."""
    out, is_over = io.StringIO(), threading.Event()
    runner = Runner(list(parts), os.environ, str(ROOT), out)

    def ask() -> None:
        until = time.monotonic() + 120
        while not is_over.wait(0.02):
            if stop_when and (stop_when(out.getvalue()) or time.monotonic() > until):
                os.kill(os.getpid(), signal.SIGTERM)
                return

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        return runner.run(), out.getvalue()
    finally:
        is_over.set()
        asking.join()


def test_when_one_part_dies_all_stop_and_its_last_words_are_shown() -> None:
    dying = (sys.executable, "-c", "print('I cannot go on'); raise SystemExit(3)")
    begin = time.monotonic()
    code, said = run(Part("steady", SLEEPER), Part("weak", dying))
    assert code == 1
    assert "weak ended with code 3" in said
    assert said.index("Its last lines") < said.rindex("I cannot go on")
    assert time.monotonic() - begin < 30  # The steady one sleeps for longer.


def test_a_part_that_ends_well_by_itself_is_a_failure_of_the_whole() -> None:
    code, said = run(Part("steady", SLEEPER), Part("brief", ("true",)))
    assert code == 1
    assert "brief ended with code 0" in said


def test_a_part_that_the_others_can_miss_is_started_again_alone() -> None:
    brief = Part("brief", ("sh", "-c", "echo here; exit 7"), is_restarted=True)
    code, said = run(Part("steady", SLEEPER), brief, stop_when=lambda said: said.count("| here") >= 2 and "| ready" in said)
    assert code == 0
    assert "brief ended with code 7 and is started again" in said
    assert said.count("| here") >= 2
    assert said.count("| ready") == 1


def test_a_request_to_stop_ends_all_parts_and_is_no_failure() -> None:
    code, said = run(Part("one", SLEEPER), Part("two", SLEEPER), stop_when=lambda said: said.count("| ready") == 2)
    assert code == 0
    assert "Stopping" in said


def test_a_part_that_ignores_the_request_is_killed_with_its_children() -> None:
    stubborn = "trap '' TERM; sleep 61 & echo $!; sleep 61; sleep 61"
    code, said = run(Part("stubborn", ("sh", "-c", stubborn), patience=0.3), stop_when=re.compile(r"stubborn \| \d+").search)
    assert code == 0
    assert "did not stop within 0.3 s" in said
    child = int(re.search(r"stubborn \| (\d+)", said)[1])  # type: ignore[index]
    _await_end(child)


def test_a_part_starts_when_its_time_has_come(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    first = Part("first", ("sh", "-c", f"sleep 0.5; echo made; touch {flag}; sleep 60"))
    second = Part("second", ("sh", "-c", "echo follows; sleep 60"), may_start=flag.exists)
    code, said = run(second, first, stop_when=lambda said: "follows" in said)
    assert code == 0
    assert said.index("made") < said.index("follows")


def test_a_missing_program_is_named() -> None:
    code, said = run(Part("steady", SLEEPER), Part("lost", ("no-such-program",)))
    assert code == 1
    assert "there is no program no-such-program" in said


def test_a_very_long_line_does_not_stop_the_reading() -> None:
    long = (sys.executable, "-c", "print('x' * 1_000_000); print('after it')")
    assert "after it" in run(Part("long", long))[1]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv of util-linux")
def test_a_runner_that_is_killed_outright_leaves_nothing_running() -> None:
    program = (
        "import os, sys; from scripts.runner import Part, Runner\n"
        "Runner([Part('p', ('sh', '-c', 'echo $$; exec sleep 62'))], os.environ, '.', sys.stdout).run()"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as runner:
        assert runner.stdout
        part = int(runner.stdout.readline().rpartition("|")[2])
        runner.kill()
    _await_end(part)


def _await_end(process_id: int) -> None:
    """A signal is sent at once and works when the kernel next runs the process."""
    deadline = time.monotonic() + 30
    while _lives(process_id):
        assert time.monotonic() < deadline, f"process {process_id} still runs"
        time.sleep(0.05)


def _lives(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# --- The stack and its edge ------------------------------------------------------------------------------------


def test_a_taken_port_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=f"--port {port + 1}"):
            Stack(tmp_path, port).check_port()


def test_two_stacks_cannot_share_one_folder(tmp_path: Path) -> None:
    first, second = Stack(tmp_path, 8001), Stack(tmp_path, 8002)
    with first.claim(), pytest.raises(StartError, match=r"runs already: http://localhost:8001"):
        second.claim()
    second.claim().close()


def test_wrong_settings_are_all_named_and_nothing_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.serving"],
        cwd=ROOT,
        env=os.environ | {"EXPO_HOME": str(tmp_path / "home"), "EXPO_SMTP_PORT": "many", "EXPO_NONSENSE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "EXPO_SMTP_PORT is 'many'" in done.stderr
    assert "EXPO_NONSENSE is not a setting" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_that_the_operator_chose_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPO_PUBLIC_URL", "https://expo.example")
    settings = load_settings_module()
    assert is_set(settings, "EXPO_PUBLIC_URL", "https://expo.example")
    assert not is_set(settings, "EXPO_PUBLIC_URL", "http://localhost:8000")
    assert Stack(tmp_path, 8011).environment()["EXPO_PUBLIC_URL"] == "http://localhost:8011"
    chosen = Stack(tmp_path, 8011, public_url="https://expo.example")
    assert chosen.environment()["EXPO_PUBLIC_URL"] == "https://expo.example"


HELLO = """
def app(environ, start_response):
    path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
    headers = [("Content-Type", "text/plain"), ("Content-Security-Policy", "default-src 'none'")]
    if path == "/file":
        headers.append(("X-Accel-Redirect", "/_files/ab/letter.txt"))
    start_response("200 OK", headers)
    told = {k: v for k, v in environ.items() if k.startswith("HTTP_X_FORWARDED")}
    return [f"{len(body)} {told}".encode()]
"""


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The real edge before a tiny app, in a folder with a blank in its name."""
    folder = tmp_path_factory.mktemp("edge")
    (folder / "hello.py").write_text(HELLO)
    stack = Stack(folder / "data folder", free_port(), upload_mb=30)
    parts = {part.name: part for part in stack.parts()}
    app = (sys.executable, "-m", "gunicorn", "hello:app", "--bind", f"unix:{stack.app_socket}", "--no-control-socket")
    with (
        subprocess.Popen([*app, "--pythonpath", str(folder)], cwd=folder, stderr=subprocess.DEVNULL) as web,
        subprocess.Popen(parts["edge"].command) as nginx,
    ):
        deadline = time.monotonic() + 120
        while not stack.answers() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield stack
        for process in (nginx, web):
            process.terminate()


def fetch(stack: Stack, path: str, body: bytes | None = None, **headers: str) -> tuple[int, HTTPResponse, str]:
    request = Request(stack.url.replace("localhost", "127.0.0.1") + path, data=body, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer, answer.read().decode(errors="replace")


def test_files_of_parts_are_kept_by_browsers_and_sent_compressed(edge: Stack) -> None:
    status, answer, _ = fetch(edge, "/static/vendor/htmx/htmx.min.js?v=1", **{"Accept-Encoding": "gzip"})
    assert status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Type"].startswith("application/javascript")
    assert fetch(edge, "/static/vendor/htmx/htmx.min.js")[1].headers["Cache-Control"] == "public, max-age=3600"


def test_hidden_and_internal_files_are_not_served(edge: Stack) -> None:
    assert fetch(edge, "/static/vendor/.made-from")[0] == 404
    assert fetch(edge, "/_files/ab/letter.txt")[0] == 404
    assert fetch(edge, "/_edge/nginx.conf.template")[0] == 404


def test_an_upload_is_sent_only_on_the_word_of_the_app_and_with_its_protection(edge: Stack) -> None:
    letter = edge.home / "files" / "ab" / "letter.txt"
    letter.parent.mkdir(parents=True)
    letter.write_text("Dear all")
    status, answer, text = fetch(edge, "/file")
    assert (status, text) == (200, "Dear all")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    status, answer, text = fetch(edge, "/file", Range="bytes=5-7")
    assert (status, text) == (206, "all")


def test_large_bodies_are_for_uploads_and_imports_only(edge: Stack) -> None:
    body = bytes(25 * 1024 * 1024)
    assert fetch(edge, "/work/pool/import", body)[2].startswith(f"{len(body)} ")
    status, _, page = fetch(edge, "/work/pool/assign", body)
    assert status == 413
    assert "文件太大" in page


def test_what_a_client_says_of_its_address_is_not_believed(edge: Stack) -> None:
    told = fetch(edge, "/", **{"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https"})[2]
    assert "'HTTP_X_FORWARDED_FOR': '127.0.0.1'" in told
    assert "'HTTP_X_FORWARDED_PROTO': 'http'" in told


def test_the_access_log_keeps_no_secrets_of_links(edge: Stack) -> None:
    secret = "very-secret"
    for address in (f"/my/{secret}/data.json", f"/delegation/{secret}", f"/present/{secret}", f"/agenda/{secret}.ics", f"/B/{secret}/x",
                    f"/b/{secret}?x=1", f"/screen/checkin/{secret}", f"/screen/stage/lower-third/{secret}",
                    f"/first-administrator/{secret}", f"/work/exhibitor/claim/{secret}", f"/letter?token={secret}"):
        fetch(edge, address)
    log = edge.home / "log" / "access.log"
    deadline = time.monotonic() + 30
    while "GET /letter" not in log.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert '"GET /letter" 200' in log.read_text()
    assert '"GET /my/***/data.json" 200' in log.read_text()
    assert secret not in log.read_text()


def test_without_the_app_a_page_says_so_in_both_languages(tmp_path: Path) -> None:
    stack = Stack(tmp_path, free_port(), outer_proxies=1)
    command = next(part.command for part in stack.parts() if part.name == "edge")
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as nginx:
        status, page = 0, ""
        deadline = time.monotonic() + 30
        while not status and time.monotonic() < deadline:
            try:
                status, answer, page = fetch(stack, "/anything")
            except urllib.error.URLError:
                time.sleep(0.05)
        nginx.terminate()
    assert status == 502
    assert answer.headers["Retry-After"] == "10"
    assert "网站正在维护" in page
    assert "The site is being looked after" in page


# --- Setting up ------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing is set up, and a machine that has next to nothing."""
    root = tmp_path / "checkout"
    (root / "scripts").mkdir(parents=True)
    for name in ("scripts/setup", "scripts/vendor", "package-lock.json", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "cmp", "tr", "cat", "sed", "flock"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    return root


def set_up(checkout: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    folder = checkout.parent / "bin"
    for name, script in programs.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!{folder / 'bash'}\n{script}\n")
        program.chmod(0o755)
    # The folders that the set-up itself adds must not bring the machine's own programs in.
    text = (checkout / "scripts/setup").read_text().replace(':/usr/local/sbin:/usr/sbin:/sbin"', '"')
    (checkout / "scripts/setup").write_text(text.replace(" /usr/bin/python3;", ";"))
    return subprocess.run(
        [folder / "bash", checkout / "scripts/setup"],
        env={"PATH": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_rights_the_exact_command_is_told(checkout: Path) -> None:
    done = set_up(checkout, apt_get="exit 1", id="echo 1000")
    assert done.returncode == 1
    assert re.search(r"apt-get update && apt-get install -y --no-install-recommends python3-venv npm nginx", done.stderr)
    assert "no rights" in done.stderr


def test_without_apt_what_is_missing_is_told_with_its_purpose(checkout: Path) -> None:
    done = set_up(checkout, id="echo 0")
    assert done.returncode == 1
    assert "has no apt-get" in done.stderr
    assert "nginx: the edge" in done.stderr


def test_a_failed_installation_shows_why_and_the_command(checkout: Path) -> None:
    for name in ("tail", "mktemp", "rm", "env", "chmod", "tee"):
        (checkout.parent / "bin" / name).symlink_to(shutil.which(name) or name)
    # A policy that is there already, so that the test touches nothing of the machine.
    script = checkout / "scripts/setup"
    script.write_text(script.read_text().replace("policy=/usr/sbin/policy-rc.d", f"policy={script}"))
    done = set_up(checkout, apt_get="echo 'E: no network'; exit 100", id="echo 0")
    assert done.returncode == 1
    assert "E: no network" in done.stderr
    assert "apt-get update && apt-get install" in done.stderr


@pytest.fixture
def vendored(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "static").mkdir()
    for name in ("scripts/vendor", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    return tmp_path


def vendor(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, root / "scripts/vendor", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_front_end_parts_are_copied_once_and_again_when_one_was_changed(vendored: Path) -> None:
    assert vendor(vendored, "--check").returncode == 1
    assert "not there yet" in vendor(vendored).stdout
    assert vendor(vendored).stdout == ""
    assert vendor(vendored, "--check").returncode == 0
    script = vendored / "static/vendor/htmx/htmx.min.js"
    original = script.read_bytes()
    script.write_bytes(original + b"alert(1)")
    assert vendor(vendored, "--check").returncode == 1
    assert "htmx/htmx.min.js is not the file" in vendor(vendored).stdout
    assert script.read_bytes() == original


def test_front_end_parts_follow_the_locked_packages(vendored: Path) -> None:
    vendor(vendored)
    lock = vendored / "package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert "has changed" in vendor(vendored).stdout


@pytest.mark.parametrize("name", ["setup", "serve", "test", "shots", "bench"])
def test_each_script_explains_itself(name: str) -> None:
    done = subprocess.run(
        [ROOT / "scripts" / name, "--help"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert f"scripts/{name}" in done.stdout
    assert "set -euo" not in done.stdout


# --- Measuring -------------------------------------------------------------------------------------------------


def test_a_throw_away_cluster_is_reached_and_leaves_nothing() -> None:
    with Cluster() as cluster:
        folder = cluster.folder
        engine = sa.create_engine(cluster.url())
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT 1")) == 1
        engine.dispose()
    assert not folder.exists()


def test_a_ratio_of_one_is_as_good_as_the_floor_whichever_way_the_unit_counts() -> None:
    half_the_rate = Result("a", "", "1x", "sqlite", ours=50, floor=100, unit="rows/s")
    twice_the_time = Result("a", "", "1x", "sqlite", ours=2, floor=1, unit="s")
    assert half_the_rate.ratio == twice_the_time.ratio == 0.5


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile([7.0], 99) == 7


def test_a_benchmark_leaves_no_folder_behind() -> None:
    context = Context("quick", "sqlite")
    (context.folder / "data").touch()
    context.close()
    assert not context.folder.exists()
