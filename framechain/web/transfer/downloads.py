"""Gives files to browsers: in parts where they ask for them, never as a document that they would run."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from aiohttp import hdrs, web

UNKNOWN = "application/octet-stream"
"""The type of what no browser is to show."""


def give_file(request: web.Request, path: Path, *, name: str, content_type: str = UNKNOWN) -> web.FileResponse:
    """Answer with a file; a browser may ask for a range of it.

    Args:
        request: The request; with `?download=1` the browser saves it, else it may show it.
        path: The file.
        name: Its name for the visitor, from `clean_name`.
        content_type: What its content is, as this server knows it and not as a visitor says; one that is unknown is
            saved in any case.

    Returns:
        The answer.
    """
    is_saved = request.query.get("download") == "1" or content_type == UNKNOWN
    headers = {
        hdrs.CONTENT_TYPE: content_type,
        hdrs.CONTENT_DISPOSITION: make_disposition("attachment" if is_saved else "inline", name),
    }
    return web.FileResponse(path, headers=headers)


def make_disposition(how: str, name: str) -> str:
    r"""Return the header Content-Disposition (RFC 6266) with a name of any script.

    Args:
        how: "attachment" or "inline".
        name: The name, from `clean_name`.

    Example:
        >>> make_disposition("attachment", "Ä b.png")
        'attachment; filename="_ b.png"; filename*=UTF-8\'\'%C3%84%20b.png'
    """
    plain = "".join(sign if " " <= sign <= "~" and sign not in '"\\%' else "_" for sign in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
