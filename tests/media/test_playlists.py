"""Playlists on the web: their end, their segments, and what is no playlist."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.web import serving

from framechain.media.playlists import fetch_playlist, parse_playlist

_LIVE = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2.0,\nlive7.ts\n#EXTINF:1.9,\nlive8.ts\n"


@pytest.mark.parametrize(
    ("text", "seconds", "is_live"),
    [
        (_LIVE, 2, True),
        (_LIVE + "#EXT-X-ENDLIST\n", 2, False),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:0\n#EXTINF:0.500000,\na.ts\n", 0.5, True),
        ("#EXTM3U\n", 5, True),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:99999\n", 60, True),
    ],
)
def test_parse_playlist_says_its_segments_and_its_end(text: str, seconds: float, is_live: bool) -> None:
    playlist = parse_playlist(text)
    assert playlist is not None
    assert (playlist.segment_seconds, playlist.is_live) == (seconds, is_live)


def test_parse_playlist_of_something_else_is_none() -> None:
    assert parse_playlist("<!DOCTYPE html><html></html>") is None


def test_fetch_playlist_follows_the_first_variant(tmp_path: Path) -> None:
    (tmp_path / "low").mkdir()
    (tmp_path / "low" / "live.m3u8").write_text(_LIVE)
    master = (
        "#EXTM3U\r\n#EXT-X-STREAM-INF:BANDWIDTH=1\r\nlow/live.m3u8\r\n#EXT-X-STREAM-INF:BANDWIDTH=2\r\nhigh.m3u8\r\n"
    )
    (tmp_path / "all.m3u8").write_bytes(master.encode())
    with serving(tmp_path) as web:
        playlist = fetch_playlist(web.url + "all.m3u8", 5)
        assert [path for path, _ in web.requests] == ["/all.m3u8", "/low/live.m3u8"]
    assert playlist is not None
    assert (playlist.text, playlist.is_live) == (_LIVE, True)


@pytest.mark.parametrize("has_length", [True, False])
def test_fetch_playlist_long_one_is_read_to_its_end(has_length: bool, tmp_path: Path) -> None:
    text = "#EXTM3U\n" + "".join(f"#EXTINF:2,\nsegment{number}.ts\n" for number in range(20_000)) + "#EXT-X-ENDLIST\n"
    (tmp_path / "film.m3u8").write_text(text)
    with serving(tmp_path) as web:
        web.has_length = has_length
        playlist = fetch_playlist(web.url + "film.m3u8", 20)
    assert playlist is not None
    assert (playlist.text, playlist.is_live) == (text, False)


def test_fetch_playlist_that_is_not_there_is_none(tmp_path: Path) -> None:
    with serving(tmp_path) as web:
        assert fetch_playlist(web.url + "live.m3u8", 5) is None
    assert fetch_playlist("http://127.0.0.1:9/live.m3u8", 5) is None


def test_fetch_playlist_that_trickles_ends_in_time(tmp_path: Path) -> None:
    (tmp_path / "live.m3u8").write_text(_LIVE * 1000)
    with serving(tmp_path) as web:
        web.piece, web.pause = 10, 0.1
        began = time.monotonic()
        assert fetch_playlist(web.url + "live.m3u8", 0.5) is None
    assert time.monotonic() - began < 20


def test_fetch_playlist_leads_to_no_file(tmp_path: Path) -> None:
    (tmp_path / "live.m3u8").write_text(_LIVE)
    (tmp_path / "all.m3u8").write_text(f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile://{tmp_path}/live.m3u8\n")
    with serving(tmp_path) as web:
        assert fetch_playlist(web.url + "all.m3u8", 5) is None


@pytest.mark.parametrize(
    ("before", "now", "count"),
    [
        (["3.ts", "4.ts"], ["3.ts", "4.ts"], 0),
        (["3.ts", "4.ts"], ["4.ts", "5.ts"], 1),
        (["3.ts", "4.ts"], ["6.ts", "7.ts", "8.ts"], 3),
        (["0.ts", "1.ts", "2.ts"], ["0.ts", "1.ts"], 2),
    ],
)
def test_playlist_count_new_counts_segments_that_were_not_there(before: list[str], now: list[str], count: int) -> None:
    earlier, later = (parse_playlist("\n#EXTINF:2,\n".join(["#EXTM3U", *names]) + "\n") for names in (before, now))
    assert earlier is not None
    assert later is not None
    assert later.count_new(earlier) == count
