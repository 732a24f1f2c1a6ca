"""Mistakes in what guards the page, and in its command, that a test must notice, as in `mutant_list`."""

from __future__ import annotations

from support.mutant_list import Mutant

PAGE_MUTANTS = (
    Mutant(
        "page: a server of this machine answers to any name",
        "web/guard.py",
        "if host not in known:",
        "if False:",
        "web/test_guard.py -k host_of_another_site",
    ),
    Mutant(
        "page: a token replaces the check of the name on this machine",
        "web/guard.py",
        "if not self._options.is_loopback and self._token is not None:",
        "if self._token is not None:",
        "web/test_guard.py -k host_of_another_site",
    ),
    Mutant(
        "page: the origin of a WebSocket is not checked",
        "web/guard.py",
        "if request.method in _SAFE_METHODS and not is_websocket:",
        "if request.method in _SAFE_METHODS:",
        "web/test_guard.py -k origin_of_a_websocket",
    ),
    Mutant(
        "page: any origin may change something",
        "web/guard.py",
        "if len(origins) > 1 or origins[0].lower() not in own:",
        "if len(origins) > 1:",
        "web/test_guard.py -k origin_of_another_site",
    ),
    Mutant(
        "page: a request without an origin passes",
        "web/guard.py",
        "        if not origins:\n",
        "        if not origins:\n            return\n        if not origins:\n",
        "web/test_guard.py -k origin_that_is_missing",
    ),
    Mutant(
        "page: a cookie of another token is taken",
        "web/guard.py",
        'hmac.new(self._token or b"", b"framechain page", hashlib.sha256)',
        'hmac.new(b"", b"framechain page", hashlib.sha256)',
        "web/test_guard.py -k cookie_of_another_token",
    ),
    Mutant(
        "page: scripts can read the cookies",
        "web/guard.py",
        "Path=/; HttpOnly; SameSite=Strict",
        "Path=/; SameSite=Strict",
        "web/test_guard.py -k cookie",
    ),
    Mutant(
        "page: another visitor's background is there",
        "web/backgrounds.py",
        "own is not None and own.visitor == visitor.id",
        "own is not None",
        "web/test_backgrounds.py -k another_visitor",
    ),
    Mutant(
        "page: visitors without cookies are kept for ever",
        "web/visitors.py",
        "if len(self) >= _MOST_VISITORS:",
        "if False:",
        "web/test_visitors.py -k without_cookies",
    ),
    Mutant(
        "page: a value out of range reaches the object",
        "web/state.py",
        "if not low <= number <= high:",
        "if False:",
        "web/test_state.py -k wrong_type_or_value",
    ),
    Mutant(
        "page: the command leaves the values out",
        "cli/page/look_maker.py",
        "if name in bare and value != bare[name]}",
        "if name not in bare}",
        "cli/page/test_look_maker.py -k reaches_the_image",
    ),
    Mutant(
        "page: a file of a chain is run once for all sessions",
        "plugins/code_files.py",
        "        return _run_file(path)\n",
        "        return sys.modules.get(os.path.splitext(os.path.basename(path))[0]) or _run_file(path)\n",
        "cli/test_chains.py -k run_anew",
    ),
)
