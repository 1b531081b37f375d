"""Asks the API over HTTP: what the client stands on, whatever it asks for."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import httpx
import orjson

from cityops.client.moments import moment
from cityops.errors import CityopsError

MOMENTS = {"start", "end", "since", "until"}
"""Parameters of the API that are instants, whatever the route."""

FILE_S = 600.0
"""Seconds that the next piece of a file may take: a workbook is made before its first."""

RETRIES = 2
TRY_AGAIN = {429, 502, 503, 504}
"""Answers that another try may better: too many questions, a server or proxy that is starting or full."""

PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
"""Who is told by `Retry-After` to wait longer gets the error at once."""


def bearer(token: str) -> dict[str, str]:
    """Return the header that shows a credential (API key, session or display token); none without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


class ApiError(CityopsError):
    """The API refused a question or could not be reached; the text is the API's own reason and remedy.

    `status` is that of HTTP: 401 without a valid credential, 403 beyond the role or area, 404 for a code that is not
    there, 422 for a parameter that cannot be (too fine an interval for the period …), 429 for too many questions;
    0 where no answer came at all.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class ApiConnection:
    """One API, and the credential that is shown to it."""

    def __init__(
        self, api_url: str, token: str | Callable[[], str] = "", timeout_s: float = 20.0, retries: int = RETRIES
    ) -> None:
        self._token, self._retries = token, retries
        self._http = httpx.Client(base_url=api_url, timeout=timeout_s)

    def __enter__(self) -> Self:
        """Use the client in a `with` block that closes its connections."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _shown(self) -> dict[str, str]:
        return bearer(self._token() if callable(self._token) else self._token)

    def _pages(self, path: str, filters: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        after: str | None = None
        while True:
            answer = self._get(path, **filters, after=after, limit=500)
            if answer["items"]:
                yield answer["items"]
            after = answer["next"]
            if after is None:
                return

    def _get(self, path: str, **parameters: Any) -> Any:
        return orjson.loads(self._asked("GET", path, params=self._named(parameters)).content)

    def _named(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Return parameters as the API names them, without those that are None."""
        asked = {name.rstrip("_"): value for name, value in parameters.items() if value is not None}
        return asked | {name: moment(name, value) for name, value in asked.items() if name in MOMENTS}

    @contextmanager
    def _streamed(self, path: str, asked: Mapping[str, Any]) -> Iterator[httpx.Response]:
        """Give an answer whose body has not come yet; a workbook is made whole before it comes."""
        try:
            with self._http.stream("GET", path, params=asked, headers=self._shown(), timeout=FILE_S) as answer:
                if answer.is_error:
                    answer.read()
                    raise ApiError(_reason(answer), answer.status_code)
                yield answer
        except httpx.HTTPError as error:
            raise ApiError(f"the API at {self._http.base_url} does not answer: {error}") from error

    def _send(self, path: str, given: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
        body = {name.rstrip("_"): value for name, value in given.items() if value is not None}
        body |= {name: moment(name, value) for name, value in body.items() if name in {"until", "occurred_at"}}
        answer: dict[str, Any] = self._asked("POST", path, headers=headers, json=body).json()
        return answer

    def _asked(self, method: str, path: str, *, headers: dict[str, str] | None = None, **sent: Any) -> httpx.Response:
        """Ask, and of what changes nothing ask again where that may help."""
        tries = self._retries if method == "GET" else 0
        for number in range(tries + 1):
            try:
                answer = self._http.request(method, path, headers=self._shown() | (headers or {}), **sent)
            except httpx.HTTPError as error:
                pause_s = (
                    _pause_s(number) if isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError) else None
                )
                if pause_s is None or number == tries:
                    raise ApiError(f"the API at {self._http.base_url} does not answer: {error}") from error
            else:
                if not answer.is_error:
                    return answer
                pause_s = _pause_s(number, answer)
                if pause_s is None or number == tries:
                    raise ApiError(_reason(answer), answer.status_code)
            time.sleep(pause_s)
        raise AssertionError("the last try returns or raises")


def _pause_s(number: int, answer: httpx.Response | None = None) -> float | None:
    """Return how long to wait after a try; None where another one would be in vain."""
    if answer is None:
        return float(PAUSE_S * 4**number)
    if answer.status_code not in TRY_AGAIN:
        return None
    told = answer.headers.get("retry-after", "")
    pause_s = float(told) if told.isdecimal() else PAUSE_S * 4**number
    return pause_s if pause_s <= LONGEST_PAUSE_S else None


def _reason(answer: httpx.Response) -> str:
    if "json" in answer.headers.get("content-type", ""):
        body = answer.json()
        return str(body.get("detail") or body.get("title"))
    return f"the API answered {answer.status_code} {answer.reason_phrase}"
