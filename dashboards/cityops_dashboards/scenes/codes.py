"""Codes in a scene are declared ones, each of which stands once in a list."""

from collections.abc import Sequence

from cityops.declarations import meant


def declared(code: str, codes: Sequence[str]) -> str:
    """Return the code if it is one of these; else say which of them may have been meant."""
    if code not in codes:
        raise ValueError(f"unknown '{code}'{meant(code, codes)}")
    return code


def once(codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes if none of them stands twice."""
    twice = next((code for number, code in enumerate(codes) if code in codes[:number]), None)
    if twice:
        raise ValueError(f"'{twice}' is named twice; each stands once in a list")
    return codes
