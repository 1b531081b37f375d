"""Takes secrets out of text before anybody reads it: log lines, tracebacks, and the sentences of the command line."""

import json
import logging
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

HIDDEN = "***"

_SHORTEST = 6
"""A known secret shorter than this is hidden by its surroundings alone: it may be part of any word."""

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b((?:session|display|key)_[0-9a-f]{4,16}_)[\w-]{8,}"), rf"\1{HIDDEN}"),
    (re.compile(r"\b((?:bearer|basic)\s+)[\w~+/.=-]{6,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"((?:^|[\s'\"{,;(])(?:set-)?cookie['\"]?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"(\b\w*(?:passwor[dt]|passwd|secret|api_key|token)\\?['\"]?\s*[:=]\s*\\?)('[^']*'|\"[^\"]*\"|[^\s'\",;&)}]+)",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(\bPASSWORD\s+)'(?:[^']|'')*'", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\$argon2\w*\$[^\s'\"]+"), HIDDEN),
)

_WORD = re.compile(r"[^\s'\"]+")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@'\"]*:")

_NAMES = re.compile(r"passwor[dt]|passwd|secret|token|api_?key|authorization|cookie", re.IGNORECASE)

_known: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Have these values taken out of every text from now on, wherever they stand; of an address its password."""
    for secret in secrets:
        password = _password_of(secret) if "://" in secret else secret
        _known.update(form for form in (password, unquote(password)) if len(form) >= _SHORTEST)


def redact(text: str) -> str:
    """Return a text without the secrets that are known or that look like one: passwords, tokens, cookies, digests.

    Takes time in proportion to the text's length, whatever it holds.
    """
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _WORD.sub(_without_password, text) if "://" in text else text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_named(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Hide what a log line carries under a secret's name; a processor of structlog."""
    return {name: HIDDEN if _NAMES.search(name) and value else value for name, value in event.items()}


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line as structlog does and redacts it whole, so that no argument and no traceback is forgotten.

    Of a line that is JSON each text is redacted by itself: what is taken out of the whole may be a quote, too.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = super().format(record)
        try:
            told = json.loads(line)
        except ValueError:  # as on a terminal
            return redact(line)
        return json.dumps(_redacted(told))


def _redacted(told: Any) -> Any:
    if isinstance(told, dict):
        named = {name: HIDDEN if _NAMES.search(name) and value else value for name, value in told.items()}
        return {redact(name): _redacted(value) for name, value in named.items()}
    if isinstance(told, list):
        return [_redacted(value) for value in told]
    return redact(told) if isinstance(told, str) else told


def _without_password(word: re.Match[str]) -> str:
    """Return a word, hiding what stands from an address's colon to the last @: a password may hold an @ or slash."""
    end = word[0].rfind("@")
    begins = _ADDRESS.search(word[0], 0, end) if end > 0 else None
    return f"{word[0][: begins.end()]}{HIDDEN}{word[0][end:]}" if begins else word[0]


def _password_of(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:  # such as an unescaped slash or bracket in the password
        return address.partition("://")[2].rpartition("@")[0].partition(":")[2]
