"""Text of others as a terminal may show it: what would move its cursor, colours or the order of words, as escapes."""

import unicodedata

_HARMLESS = {"Zs", "Co", "Cn"}
"""Not printable to Python, and yet only blanks and characters that some fonts lack."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return text with control, bidi and other invisible characters as escapes such as `\x1b` and `\u202e`.

    Escaped are the categories Cc (C0, C1), Cf (bidi, joiners, zero width, tags), Cs (lone surrogates, which no
    terminal could be sent), Zl and Zp (U+2028, U+2029) of Unicode. With `lines`, line feeds stay.
    """
    if text.isprintable():
        return text
    return "".join(one if _is_harmless(one) or (lines and one == "\n") else _escape(one) for one in text)


def _is_harmless(one: str) -> bool:
    return one.isprintable() or unicodedata.category(one) in _HARMLESS


def _escape(one: str) -> str:
    return _SHORT.get(one) or one.encode("unicode_escape", "surrogatepass").decode("ascii")
