"""Plain sentences for what libraries say."""

from __future__ import annotations

import re

import pytest

from framechain.basics.plain_words import explain, find_address_fault, find_host

NOWHERE = "no-such-host.invalid"


@pytest.mark.parametrize(
    ("words", "address", "sends", "expected"),
    [
        ("Input/output error", f"rtsp://{NOWHERE}/live", False, f"host {NOWHERE} cannot be found"),
        ("Input/output error", f"rtmp://{NOWHERE}/live", True, f"host {NOWHERE} cannot be found"),
        ("Input/output error", "rtmp://127.0.0.1/live", True, "the server refused the stream: check the name of its "),
        ("Broken pipe", "rtmp://127.0.0.1/live", True, "the server refused the stream: check the name of its "),
        (
            "Connection reset by peer",
            "rtmp://127.0.0.1/live",
            True,
            "the server refused the stream: check the name of ",
        ),
        ("Broken pipe", "rtmp://127.0.0.1:1935/live", False, "127.0.0.1:1935 closed the connection"),
        ("Connection reset by peer", "rtmp://127.0.0.1:1935/live", False, "127.0.0.1:1935 closed the connection"),
        ("Broken pipe", "tcp://127.0.0.1:5000", True, "127.0.0.1:5000 closed the connection"),
        ("Input/output error", "rtsp://127.0.0.1/live", False, "the connection to 127.0.0.1 failed"),
        ("Connection refused", "http://user:secret@127.0.0.1:9/a", False, "no server listens at 127.0.0.1:9"),
        ("Server returned 401 Unauthorized (authorization failed)", "http://h/", False, "the server wants a user name"),
        ("Server returned 5XX Server Error reply", "http://h/", False, "the server says 5XX"),
    ],
)
def test_explain_known_words_become_a_sentence(words: str, address: str, sends: bool, expected: str) -> None:
    sentence = explain(words, address, sends=sends)
    assert re.fullmatch(rf"{re.escape(expected)}.*\({re.escape(words)}\)", sentence)
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("words", "address"),
    [("Out of cheese", "rtsp://127.0.0.1/live"), ("Input/output error", ""), ("Connection refused, twice", "")],
)
def test_explain_unknown_words_pass_as_they_are(words: str, address: str) -> None:
    assert explain(words, address) == words


@pytest.mark.parametrize(
    ("scheme", "meant"),
    [("rstp", "rtsp"), ("rtps", "rtsp"), ("htpp", "http"), ("htttps", "https"), ("rmtp", "rtmp"), ("rtsps2", "rtsps")],
)
def test_explain_unknown_scheme_names_the_one_that_was_meant(scheme: str, meant: str) -> None:
    words = f"Couldn't find a manager called '{scheme}' - found 3 managers: ['fs', 'k8s', 's3']"
    assert explain(words) == f"unknown kind of address {scheme}://, did you mean {meant}://?"


def test_explain_scheme_that_is_like_none_keeps_the_words() -> None:
    words = "Couldn't find a manager called 'gopher' - found 3 managers: ['fs']"
    assert explain(words) == f"unknown kind of address gopher:// ({words})"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("udp://127.0.0.1", "udp:// needs a port, such as udp://127.0.0.1:5000"),
        ("srt://[::1]", "srt:// needs a port, such as srt://[::1]:5000"),
        ("udp://", "udp:// needs a port, such as udp://127.0.0.1:5000"),
        ("rtsp://host:99999/live", "its port must be a whole number from 0 to 65535"),
        ("rtsp://host:many/live", "its port must be a whole number from 0 to 65535"),
        ("rtsp:///live", "it names no host, such as rtsp://host/live"),
    ],
)
def test_find_address_fault_says_what_is_missing(url: str, expected: str) -> None:
    assert find_address_fault(url) == expected


@pytest.mark.parametrize(
    "url",
    ["udp://127.0.0.1:5000?pkt_size=1316", "udp://@:5000", "tcp://:5000?listen", "rtsp://h/live", "http://[::1]/a"],
)
def test_find_address_fault_good_address_has_none(url: str) -> None:
    assert find_address_fault(url) is None


def test_find_host_leaves_out_password_and_port() -> None:
    assert find_host("rtsp://admin:secret@camera.local:554/live") == "camera.local"
