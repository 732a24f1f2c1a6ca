"""Who may ask the server what: each rule with its attack."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.page_client import Client, find_origin, make_maker, make_options, serving_page, visiting, visiting_server
from support.patience import PATIENCE
from yarl import URL

from framechain.errors import MediaError
from framechain.web.answers import HEADERS, add_headers, answer_errors
from framechain.web.guard import Guard
from framechain.web.visitors import VISITOR, Visitors

TOKEN = "a token that nobody guesses"


def run(check: Callable[[Client], Awaitable[object]], *words: str) -> None:
    """Call a check with a visitor of `framechain serve WORDS`."""

    async def visit() -> None:
        async with visiting(make_options(*words), make_maker(*words)) as client:
            await check(client)

    asyncio.run(visit())


async def read_error(response: Any, status: int) -> str:
    assert response.status == status, await response.text()
    answer = await response.json()
    assert list(answer) == ["error"]
    return str(answer["error"])


# Host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8484", "[::1]:9000", "LOCALHOST"])
def test_host_of_this_machine_is_served(host: str) -> None:
    async def check(client: Client) -> None:
        assert (await client.get("/", headers={"Host": host})).status == 200

    run(check)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8484", "localhost.evil.example", "127.0.0.1.evil.example"]
)
def test_host_of_another_site_is_refused_against_rebinding(host: str) -> None:
    async def check(client: Client) -> None:
        for path in ("/", "/static/index.html", "/api/state", "/nothing"):
            assert "not known by that name" in await read_error(await client.get(path, headers={"Host": host}), 403)

    run(check)
    run(check, "--token", TOKEN)


@pytest.mark.parametrize("host", ["", "a b", "localhost:port", "[::1", "localhost:99999999"])
def test_host_that_is_none_is_refused(host: str) -> None:
    async def check(client: Client) -> None:
        response = await client.get("/", headers={"Host": host})
        assert response.status in (400, 403)

    run(check)


def test_host_given_twice_is_refused() -> None:
    async def check(client: Client) -> None:
        def ask() -> int:
            connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
            connection.putrequest("GET", "/", skip_host=True)
            connection.putheader("Host", "localhost")
            connection.putheader("Host", "evil.example")
            connection.endheaders()
            status = connection.getresponse().status
            connection.close()
            return status

        assert await asyncio.to_thread(ask) in (400, 403)

    run(check)


def test_host_of_other_networks_is_served_with_the_token() -> None:
    async def check(client: Client) -> None:
        headers = {"Host": "page.example", "Authorization": f"Bearer {TOKEN}"}
        assert (await client.get("/", headers=headers)).status == 200

    run(check, "--host", "0.0.0.0", "--token", TOKEN)


# Origin


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_origin_of_another_site_is_refused(method: str, origin: str) -> None:
    async def check(client: Client) -> None:
        headers = {"Origin": origin.format(port=client.port)}
        for path in ("/api/look", "/api/nothing", "/"):
            response = await client.request(method, path, json={}, headers=headers)
            assert "another site's page" in await read_error(response, 403)

    run(check)


def test_origin_that_is_missing_is_refused_and_says_what_a_program_must_send() -> None:
    async def check(client: Client) -> None:
        response = await client.post("/api/look", json={}, headers={"Origin": ""})
        assert response.status == 403
        async with client.session.__class__(cookie_jar=None) as session:
            url = client.make_url("/api/look")
            answer = await read_error(await session.post(url, json={}), 403)
            origin = answer.partition("Origin: ")[2].strip("'")
            assert (await session.post(url, json={}, headers={"Origin": origin})).status == 200

    run(check)


@pytest.mark.parametrize("origin", [None, "http://evil.example"])
def test_origin_of_a_websocket_is_checked_also_where_nothing_answers(origin: str | None) -> None:
    async def check(client: Client) -> None:
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", **({} if origin is None else {"Origin": origin})}
        async with client.session.__class__() as session:
            for path in ("/api/live", "/"):
                await read_error(await session.get(client.make_url(path), headers=headers), 403)

    run(check)


def test_origin_of_the_proxy_is_served() -> None:
    async def check(client: Client) -> None:
        headers = {"Authorization": f"Bearer {TOKEN}", "Origin": "https://page.example", "Host": "page.example"}
        response = await client.post("/api/look", json={}, headers=headers)
        assert response.status == 200
        assert "Secure" in response.headers["Set-Cookie"]
        headers["Origin"] = "http://page.example"
        await read_error(await client.post("/api/look", json={}, headers=headers), 403)
        headers |= {"Origin": "https://page.example", "Host": "127.0.0.1:8484"}
        assert (await client.post("/api/look", json={}, headers=headers)).status == 200
        await read_error(await client.get("/", headers={**headers, "Host": "evil.example"}), 403)

    run(check, "--origin", "https://page.example/", "--token", TOKEN)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_api_asked_for_by_another_site_is_refused_without_an_origin_too(site: str) -> None:
    async def check(client: Client) -> None:
        response = await client.get("/api/state", headers={"Sec-Fetch-Site": site})
        assert "another site's page" in await read_error(response, 403)

    run(check)


# Token


def test_token_missing_or_wrong_is_refused_everywhere() -> None:
    async def check(client: Client) -> None:
        for path in ("/", "/static/index.html", "/api/state", "/nothing", "/?token=", "/?token=wrong", "/?token=%ff"):
            response = await client.get(URL(path, encoded=True))
            assert response.status == 401, path
            assert "needs its token" in await response.text()
            assert "Set-Cookie" not in response.headers
        for scheme in ("Bearer", "Basic"):
            headers = {"Authorization": f"{scheme} wrong"}
            await read_error(await client.get("/api/state", headers=headers), 401)
        await read_error(await client.get("/api/state", headers={"Authorization": f"Basic {TOKEN}"}), 401)
        await read_error(await client.get("/api/state", params={"token": TOKEN}), 401)
        await read_error(await client.post("/api/look", json={}), 401)

    run(check, "--token", TOKEN)


def test_token_becomes_a_cookie_and_leaves_the_address() -> None:
    async def check(client: Client) -> None:
        response = await client.get("/", params={"token": TOKEN}, allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, "/")
        cookie = next(iter(SimpleCookie(response.headers["Set-Cookie"]).values()))
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")
        assert TOKEN not in response.headers["Set-Cookie"]
        assert (await client.get("/")).status == 200
        assert (await client.get("/api/state")).status == 200

    run(check, "--token", TOKEN)


def test_token_cookie_of_another_token_is_refused() -> None:
    async def check(client: Client) -> None:
        await client.get("/", params={"token": TOKEN})
        cookies = {cookie.key: cookie.value for cookie in client.session.cookie_jar}

        async def ask(other: Client) -> None:
            name = next(name for name in cookies if "token" in name).replace(str(client.port), str(other.port))
            response = await other.get("/api/state", cookies={name: next(iter(cookies.values()))})
            await read_error(response, 401)

        async with visiting(make_options("--token", "another"), make_maker()) as other:
            await ask(other)

    run(check, "--token", TOKEN)


def test_token_by_a_link_of_another_site_answers_with_a_link_of_its_own() -> None:
    """A strict cookie is not sent to where another site's link leads, also not after a redirect."""

    async def check(client: Client) -> None:
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        assert (await client.get("/", params={"token": "wrong"}, headers=headers)).status == 401
        response = await client.get("/", params={"token": TOKEN}, headers=headers)
        assert '<meta http-equiv="refresh" content="0;url=/">' in await response.text()
        assert (await client.get("/", headers={"Sec-Fetch-Site": "same-origin"})).status == 200

    run(check, "--token", TOKEN)


def test_visit_by_a_link_of_another_site_makes_no_new_visitor() -> None:
    async def check(client: Client) -> None:
        response = await client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
        assert "Set-Cookie" not in response.headers

    run(check)


# Visitors


def test_visitor_cookie_is_random_strict_and_kept() -> None:
    async def check(client: Client) -> None:
        response = await client.get("/")
        cookie = next(iter(SimpleCookie(response.headers["Set-Cookie"]).values()))
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert len(cookie.value) >= 32
        for path in ("/", "/api/state", "/static/index.html"):
            assert "Set-Cookie" not in (await client.get(path)).headers

    run(check)


def test_visitor_with_an_unknown_cookie_is_a_new_one() -> None:
    async def check(client: Client) -> None:
        name = f"framechain-visitor-{client.port}"
        response = await client.get("/api/state", cookies={name: "chosen-by-somebody"})
        assert response.status == 200
        assert SimpleCookie(response.headers["Set-Cookie"])[name].value != "chosen-by-somebody"

    run(check)


def test_visitors_have_looks_of_their_own() -> None:
    async def visit() -> None:
        async with serving_page() as server, visiting_server(server) as one, visiting_server(server) as other:
            assert (await one.post("/api/look", json={"background": "#00ff00"})).status == 200
            looks = [(await (await client.get("/api/state")).json())["look"] for client in (one, other)]
            assert [look["background"] for look in looks] == ["#00ff00", "blur"]

    asyncio.run(visit())


# What every answer has


async def ask_for_everything(client: Client) -> list[Any]:
    paths = ("/", "/static/index.html", "/api/state", "/api/nothing", "/nothing", "/static/../app.py", "/static")
    answers = [await client.get(URL(path, encoded=True)) for path in paths]
    answers.append(await client.delete("/api/look"))
    answers.append(await client.post("/api/look", data="{", headers={"Content-Type": "application/json"}))
    answers.append(await client.post("/api/look", json={}, headers={"Origin": "http://evil.example"}))
    answers.append(await client.get("/", headers={"Host": "evil.example"}))
    return answers


def test_headers_are_on_every_answer_errors_too() -> None:
    async def check(client: Client) -> None:
        answers = await ask_for_everything(client)
        assert [answer.status for answer in answers] == [200, 200, 200, 404, 404, 404, 403, 405, 400, 403, 403]
        for answer in answers:
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            is_api = answer.url.path.startswith("/api")
            assert answer.headers["Cache-Control"] == ("no-store" if is_api else "no-cache")

    run(check)


def test_headers_are_on_parts_of_files_on_what_is_not_modified_and_on_websockets() -> None:
    async def check(client: Client) -> None:
        part = await client.get("/static/page.js", headers={"Range": "bytes=0-3"})
        same = await client.get("/static/page.js", headers={"If-None-Match": part.headers["ETag"]})
        wrong = await client.get("/static/page.js", headers={"Range": "bytes=99999999-"})
        assert (part.status, same.status, wrong.status) == (206, 304, 416)
        upgraded = await asyncio.to_thread(upgrade, client.port)
        assert upgraded[0] == 101
        for headers in (part.headers, same.headers, wrong.headers, upgraded[1]):
            assert {name: headers[name] for name in HEADERS} == HEADERS

    run(check)


def upgrade(port: int) -> tuple[int, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": f"http://127.0.0.1:{port}"}
    connection.request("GET", "/api/live", headers=headers)
    answer = connection.getresponse()
    found = answer.status, dict(answer.getheaders())
    connection.close()
    return found


def test_policy_allows_nothing_inline_and_no_other_host() -> None:
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    allowed = {word for value in policy.values() for word in value.split()}
    assert allowed <= {"'none'", "'self'", "blob:", "data:"}
    assert policy["script-src"] == policy["style-src"] == "'self'"


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2f%2e%2e%2fapp.py"),
        *("/static//etc/passwd", "/static/....//app.py", "/static/..%5capp.py", "/../../etc/passwd", "//etc/passwd"),
    ],
)
def test_path_that_leaves_the_folder_is_not_found(path: str) -> None:
    async def check(client: Client) -> None:
        def ask() -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=10)
            connection.request("GET", path)
            answer = connection.getresponse()
            found = answer.status, answer.read()
            connection.close()
            return found

        status, body = await asyncio.to_thread(ask)
        assert status in (400, 403, 404)
        assert b"import" not in body
        assert b"root:" not in body

    run(check)


def test_error_of_the_engine_names_no_folder_of_the_server() -> None:
    async def fail(request: web.Request) -> web.Response:
        raise MediaError("cannot read /home/me/secret folder/clip.mp4: it is empty")

    async def check() -> None:
        app = web.Application(middlewares=[answer_errors])
        app.router.add_get("/api/fail", fail)
        async with TestServer(app) as server, visiting_server(server) as client:
            assert "/home" not in await read_error(await client.get("/api/fail"), 400)

    asyncio.run(check())


def test_mistake_of_the_server_is_a_sentence_without_anything_internal(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(request: web.Request) -> web.Response:
        assert request[VISITOR].look is not None
        raise RuntimeError("the secret of /home/me")

    async def check() -> None:
        app = web.Application(middlewares=[answer_errors])
        app.on_response_prepare.append(add_headers)
        visitors = Visitors()
        Guard(make_options(), visitors).join(app)
        app.router.add_get("/api/fail", fail)
        async with TestServer(app) as server, visiting_server(server) as client:
            response = await client.get("/api/fail")
            assert "secret" not in await read_error(response, 500)
            assert {name: response.headers[name] for name in HEADERS} == HEADERS
            assert find_origin(server).startswith("http://127.0.0.1:")
        await visitors.close()

    asyncio.run(check())
    assert "the secret of /home/me" in caplog.text
