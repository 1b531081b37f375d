"""The catalogue as its page lists it: indicators by theme, and of these what a search finds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cityops import reference
from cityops_dashboards.addresses import Address
from cityops_dashboards.texts import text, unit

SEARCHED = ("code", "name_zh", "name_en", "definition_zh", "definition_en", "theme_zh", "theme_en", "source_zh")
OTHERS = "others"
"""Code of the group of readings that no theme names."""


def page(every: Sequence[Mapping[str, Any]], asked: Address) -> dict[str, Any]:
    """Return the themes with the indicators of the one that is asked for, and that contain what is looked for."""
    lang, wanted, theme = asked.lang, asked.query.get("q", "").strip(), asked.query.get("theme_of", "")
    owners = {row["code"]: row[f"name_{lang}"] for row in reference.rows("departments")}
    found = [one for one in every if contains(one, wanted)]
    groups = [*grouped(found, lang)]
    return {
        "wanted": wanted,
        "theme_of": theme,
        "count": len(every),
        "found": len(found),
        "themes": [(code, title, len(rows)) for code, title, rows in groups],
        "groups": [
            (title, [_row(one, owners, asked) for one in rows])
            for code, title, rows in groups
            if not theme or code == theme
        ],
    }


def contains(one: Mapping[str, Any], wanted: str) -> bool:
    """Return whether each word that is looked for stands somewhere in an indicator."""
    told = " ".join((*(one[name] for name in SEARCHED), *one["references"], one["owner"])).casefold()
    return all(word in told for word in wanted.casefold().split())


def grouped(every: Sequence[Mapping[str, Any]], lang: str) -> Iterator[tuple[str, str, list[Mapping[str, Any]]]]:
    """Yield themes in order of code with their indicators; what no theme names comes last."""
    codes = [*sorted({one["theme"] for one in every if one["theme"]}), ""]
    for code in codes:
        rows = [one for one in every if one["theme"] == code]
        if rows:
            title = rows[0][f"theme_{lang}"] if code else text(lang, "catalogue.no_theme")
            yield code or OTHERS, title, rows


def _row(one: Mapping[str, Any], owners: Mapping[str, str], asked: Address) -> dict[str, Any]:
    lang = asked.lang
    newest = one["definitions"][-1] if one["definitions"] else None
    return {
        "code": one["code"],
        "href": asked.to(f"/indicators/{one['code']}"),
        "name": one[f"name_{lang}"],
        "other": one["name_en" if lang == "zh" else "name_zh"],
        "unit": unit(lang, one["unit"]),
        "kind": text(lang, f"catalogue.kind.{one['kind']}"),
        "period": text(lang, f"catalogue.period.{one['period']}"),
        "additive": text(lang, f"data.additive.{one['additive_over']}"),
        "owner": owners.get(one["owner"], "—"),
        "version": f"v{newest['version']} · {newest['since']}" if newest else "—",
    }
