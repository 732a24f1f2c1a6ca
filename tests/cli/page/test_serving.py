"""`framechain serve` as a program: what it prints, its mistakes, how it ends, and what is left on the disk."""

from __future__ import annotations

import datetime
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.page_process import ROOT, ServeProcess, serve_process
from support.patience import PATIENCE, eventually

from framechain.cli.page.serving import build_serve_parser, make_web_options
from framechain.cli.program import main

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has not these signals")


def get(address: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def upload(server: ServeProcess, content: bytes) -> Any:
    headers = {"Origin": server.address.rstrip("/")}
    asked = urllib.request.Request(f"{server.address}api/jobs?name=a.png", content, headers, method="POST")
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return json.loads(answer.read())


def send_garbage(server: ServeProcess) -> None:
    """Send what is no request."""
    port = int(server.address.rstrip("/").rpartition(":")[2])
    for content in (b"nothing\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 9000 + b"\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(content)
            assert b" 400 " in connection.recv(1000)


def list_left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("framechain"))


@posix
@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_serve_ends_by_a_signal_and_leaves_no_files(name: str, code: int, tmp_path: Path, samples: Path) -> None:
    with serve_process(folder=tmp_path) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.address)
        status, document = get(server.address)
        assert status == 200
        assert "<title>" in document
        assert json.loads(get(f"{server.address}api/state")[1])["chain"] is None
        upload(server, (samples / "portrait.jpg").read_bytes())
        assert len(list_left(tmp_path)) == 2  # The folder and its lock.
        send_garbage(server)
        server.send(name)
        assert server.wait() == code
        assert list_left(tmp_path) == []
        assert server.errors == []


@posix
@pytest.mark.slow
def test_serve_ends_at_once_by_a_second_signal_and_the_next_one_removes_its_files(
    tmp_path: Path, samples: Path
) -> None:
    chain = tmp_path / "hangs.py"
    chain.write_text(
        f"import pathlib, time\n\ndef hang(frame):\n    pathlib.Path({str(tmp_path / 'runs')!r}).touch()\n"
        "    time.sleep(1000)\n\nobjects = [hang]\n"
    )
    with serve_process("--chain", str(chain), folder=tmp_path) as server:
        upload(server, (samples / "portrait.jpg").read_bytes())
        eventually((tmp_path / "runs").exists, "the job")
        server.send("SIGINT")
        # Two signals that come before Python looks are one.
        eventually(lambda: any("Ctrl-C again" in line for line in server.lines), "the end of the server")
        server.send("SIGINT")
        assert server.wait() == 130
    with serve_process(folder=tmp_path) as server:
        assert len(list_left(tmp_path)) == 2
        server.close()
    assert len(list_left(tmp_path)) == 2  # It was killed.
    with serve_process(folder=tmp_path) as server:
        before = list_left(tmp_path)
        assert len(before) == 2
        with serve_process(folder=tmp_path):
            assert set(before) < set(list_left(tmp_path))  # One that runs keeps its own.
        server.send("SIGINT")
        assert server.wait() == 130


@pytest.mark.slow
def test_serve_for_other_machines_makes_a_token_and_says_what_is_missing(tmp_path: Path) -> None:
    with serve_process("--host", "0.0.0.0", folder=tmp_path) as server:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{20,}", server.address)
        warning = "browsers on other machines give no camera without TLS"
        eventually(lambda: warning in "".join(server.errors), "the warning")
        base = server.address.partition("?")[0]
        assert get(base)[0] == get(f"{base}api/state")[0] == 401
        token = server.address.partition("=")[2]
        assert get(f"{base}api/state", Authorization=f"Bearer {token}")[0] == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "framechain test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    secret = serialization.BestAvailableEncryption(b"secret")
    (folder / "locked.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, secret))
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.slow
def test_serve_with_tls_gives_secure_cookies(certificate: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = certificate
    with serve_process("--cert", str(cert), "--key", str(key), folder=tmp_path) as server:
        assert server.address.startswith("https://127.0.0.1:")
        port = int(server.address.rstrip("/").rpartition(":")[2])
        context = ssl.create_default_context(cafile=str(cert))
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=PATIENCE)
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.status == 200
        assert "; Secure" in (answer.getheader("Set-Cookie") or "")
        answer.read()
        origin = server.address.rstrip("/")
        body, headers = "{}", {"Content-Type": "application/json", "Origin": origin}
        connection.request("POST", "/api/look", body, headers)
        assert connection.getresponse().status == 200
        connection.close()


# Mistakes


def fails(*words: str, code: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["serve", "--no-browser", *words]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_serve_at_a_port_that_is_taken_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        err = fails("--port", str(port), code=1, capsys=capsys)
    assert f"serve: cannot listen at 127.0.0.1, port {port} (Address already in use): choose another --port" in err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--host", "no such host"], 1, "cannot listen at no such host, port 8484"),
        (["--host", "203.0.113.9", "--token", "x", "--origin", "https://a"], 1, "cannot listen at 203.0.113.9"),
        (["--port", "70000"], 2, "port must be a number from 0 to 65535, got 70000"),
        (["--token", ""], 2, "token is empty"),
        (["--key", "key.pem"], 2, "a key is given without a certificate"),
        (["--cert", "nowhere.pem"], 2, "the certificate nowhere.pem is no file"),
        (["--origin", "page.example"], 2, "origin must be an address such as https://page.example.org"),
        (["--max-sessions", "-1"], 2, "max_sessions must be a whole number of at least 0"),
        (["--max-jobs", "-1"], 2, "max_jobs must be a whole number of at least 0"),
        (["--max-upload", "0"], 2, "max_upload must be a whole number of at least 1"),
        (["--keep-minutes", "0"], 2, "keep_minutes must be a number of at least 0.01"),
        (["clip.mp4"], 2, "serve shows a camera, and clip.mp4 is none"),
        (["0", "1"], 2, "serve shows one camera, got 0 and 1"),
        (["--chain", "nowhere.py"], 1, "there is no file nowhere.py"),
        (["--background", "nowhere.jpg"], 1, "nowhere.jpg"),
        (["--blur", "4"], 2, "two odd numbers"),
    ],
)
def test_serve_that_cannot_begin_is_one_sentence(
    words: list[str], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sentence in fails(*words, code=code, capsys=capsys)


@pytest.mark.parametrize("kind", ["no certificate", "locked key", "other key"])
def test_serve_with_a_certificate_that_cannot_be_used_is_an_error(
    kind: str, certificate: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cert, key = certificate
    if kind == "no certificate":
        cert = tmp_path / "cert.pem"
        cert.write_text("nothing")
    key = key.with_name("locked.pem") if kind == "locked key" else key if kind == "no certificate" else cert
    err = fails("--cert", str(cert), "--key", str(key), code=2, capsys=capsys)
    assert "cannot be used for TLS" in err
    assert "the key without a password" in err


def test_serve_leaves_no_folder_after_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert list_left(tmp_path) == []


@pytest.mark.parametrize("word", ["--max-upload", "--max-storage"])
def test_serve_size_that_is_none_is_an_error(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", word, "5 apples"])
    assert "'5 apples' is not a size: write bytes, or a number such as 500M or 2G" in capsys.readouterr().err


def test_serve_without_the_extra_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "aiohttp.py").write_text("raise ImportError('no aiohttp here')")
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "serve", "--no-browser"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "main.py serve: the page needs aiohttp and aiortc, which cannot be imported (no aiohttp here): "
        "pip install 'framechain[web]', or pip install aiohttp aiortc\n"
    )


def test_file_named_serve_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, samples: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("serve").write_bytes((samples / "clip.mp4").read_bytes())
    words = ["--matte", "otsu", "--output", "out.mp4", "--end", "1", "--break-on-end", "--quiet"]
    assert main([os.path.join(".", "serve"), *words]) == 0
    assert Path("out.mp4").stat().st_size > 0


def test_serve_options_reach_the_server() -> None:
    words = "rtsp://host/live --port 9000 --max-upload 5M --max-storage 3G --max-jobs 4 --max-sessions 2"
    words += " --keep-minutes 1.5 --camera-timeout 3 --origin https://page.example/"
    options = make_web_options(build_serve_parser().parse_args(words.split()))
    assert (options.camera, options.port, options.max_upload) == ("rtsp://host/live", 9000, 5_000_000)
    assert (options.max_storage, options.max_jobs, options.max_sessions) == (3_000_000_000, 4, 2)
    assert (options.keep_minutes, options.camera_options.timeout) == (1.5, 3)
    assert options.origin == "https://page.example"
    assert len(options.token or "") >= 20


@pytest.mark.parametrize(("host", "has_token"), [("127.0.0.1", False), ("localhost", False), ("::1", False)])
def test_serve_for_this_machine_needs_no_token(host: str, has_token: bool) -> None:
    options = make_web_options(build_serve_parser().parse_args(["--host", host]))
    assert (options.token is not None) == has_token


@pytest.fixture(autouse=True)
def quiet_warnings() -> Iterator[None]:
    """The command line prints warnings in a way of its own."""
    import warnings

    with warnings.catch_warnings():
        yield
