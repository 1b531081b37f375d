"""Addresses of the pages: every view has one, and reading it back gives the same view."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from cityops_dashboards.texts import DEFAULT_LANGUAGE, LANGUAGES

DARK, LIGHT = "dark", "light"


@dataclass(frozen=True)
class Address:
    """A path with its parameters."""

    path: str
    query: Mapping[str, str]

    @classmethod
    def parse(cls, path: str | None, search: str | None) -> "Address":
        """Read a browser's `pathname` and `search`; the last of repeated parameters counts."""
        return cls(path or "/", dict(parse_qsl((search or "").lstrip("?"))))

    @property
    def lang(self) -> str:
        """Language of the view; an unknown one means the default."""
        asked = self.query.get("lang", DEFAULT_LANGUAGE)
        return asked if asked in LANGUAGES else DEFAULT_LANGUAGE

    @property
    def theme(self) -> str:
        """Theme of the view: dark, or light for bright rooms."""
        return LIGHT if self.query.get("theme") == LIGHT else DARK

    def to(self, path: str, **query: str | None) -> str:
        """Return another view's address that keeps language and theme; parameters that are None are left out.

        `path` may have parameters of its own, as a viewer's home has.
        """
        bare, _, own = path.partition("?")
        kept = {"lang": self.lang} if self.lang != DEFAULT_LANGUAGE else {}
        kept |= {"theme": self.theme} if self.theme == LIGHT else {}
        return write(bare, dict(parse_qsl(own)) | kept | query)

    def altered(self, **query: str | None) -> str:
        """Return this view's address with some parameters changed, or taken out where None."""
        return write(self.path, dict(self.query) | query)


def regions_in(asked: str) -> frozenset[str]:
    """Return the codes that a stream's parameter `region` names, apart by commas."""
    return frozenset(code for code in asked.split(",") if code)


def write(path: str, query: Mapping[str, str | None]) -> str:
    """Return an address as it stands in a link."""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
