"""Damage of a JPEG that decoders do not report, found by its markers.

Decoders fill what is missing with grey. libjpeg reports it on stderr alone, and Pillow only reports a missing end.
"""

from __future__ import annotations

import re

END_OF_JPEG = b"\xff\xd9"

# A zero after 0xFF marks a byte of the scan, and 0xFF is a fill byte (ITU-T T.81, B.1.1.2 and B.1.1.5).
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_RESTARTS = range(0xD0, 0xD8)
_START_OF_SCAN, _END = 0xDA, 0xD9
# DHT, DQT, DNL, DRI, APPn, COM: what may stand between two scans (T.81, B.2.1).
_BETWEEN_SCANS = frozenset({0xC4, _START_OF_SCAN, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE})


def find_jpeg_damage(data: bytes, scan_start: int) -> str | None:
    """Look for markers that are missing or that no encoder writes.

    Damage that leaves all markers in order is not found.

    Args:
        data: The content of the file.
        scan_start: Where the data of the first scan begin.

    Returns:
        What is wrong; None if nothing is.

    Example:
        >>> find_jpeg_damage(b"data" + END_OF_JPEG, 0), find_jpeg_damage(b"data", 0)
        (None, 'its end is missing')
    """
    place, restarts = scan_start, 0
    while found := _MARKER.search(data, place):
        place, marker = found.end(), data[found.end() - 1]
        if marker == _END:
            return None
        if marker in _RESTARTS:
            if marker != _RESTARTS[restarts % len(_RESTARTS)]:
                return "a restart marker is missing"
            restarts += 1
        elif marker not in _BETWEEN_SCANS:
            return "its data are broken off by a wrong marker"
        else:
            place += int.from_bytes(data[place : place + 2], "big")
            if marker == _START_OF_SCAN:
                restarts = 0
    return "its end is missing"
