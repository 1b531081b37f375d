"""Indicators as linked data: each a Dataset of schema.org, made of what the API tells of its declaration.

An indicator's licence is what its file says of its origins; schema.org wants an address or a text, and it is a text.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cityops_dashboards.addresses import write

CONTEXT = "https://schema.org"
"""The name of the vocabulary; nothing is loaded from there."""

MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
}


def of_entry(entry: Mapping[str, Any], origin: str, lang: str) -> dict[str, Any]:
    """Return one indicator's Dataset, of an entry of the catalogue; `origin` is where this dashboard stands."""
    told = dataset(entry["declared"], origin, lang)
    if entry[f"owner_{lang}"]:
        told["maintainer"] = {"@type": "Organization", "name": entry[f"owner_{lang}"]}
    return {"@context": CONTEXT, **told}


def of_catalogue(every: Sequence[Mapping[str, Any]], origin: str, lang: str) -> dict[str, Any]:
    """Return the DataCatalog of all indicators."""
    return {
        "@context": CONTEXT,
        "@type": "DataCatalog",
        "@id": f"{origin}/catalog.jsonld",
        "url": f"{origin}/indicators",
        "inLanguage": "zh-CN" if lang == "zh" else "en",
        "dataset": [dataset(one, origin, lang) for one in every],
    }


def dataset(one: Mapping[str, Any], origin: str, lang: str) -> dict[str, Any]:
    """Return an indicator as a Dataset."""
    address = f"{origin}/indicators/{one['code']}"
    newest = one["definitions"][-1] if one["definitions"] else None
    told = {
        "@type": "Dataset",
        "@id": address,
        "url": address,
        "identifier": one["code"],
        "name": one[f"name_{lang}"],
        "alternateName": one["name_en" if lang == "zh" else "name_zh"],
        "description": one[f"definition_{lang}"],
        "inLanguage": "zh-CN" if lang == "zh" else "en",
        "keywords": [one[f"theme_{lang}"], *one["references"]] if one["theme"] else [*one["references"]],
        "variableMeasured": {"@type": "PropertyValue", "name": one[f"name_{lang}"], "unitText": one["unit"]},
        "measurementTechnique": one["collection"],
        "creator": [{"@type": "Organization", "name": each["producer"]} for each in one["origins"]],
        "license": " / ".join(dict.fromkeys(each["licence"] for each in one["origins"])),
        "isBasedOn": [f"{origin}/indicators/{code}" for code in one["inputs"]],
        "version": str(newest["version"]) if newest else "",
        "temporalCoverage": f"{newest['since']}/.." if newest else "",
        "conditionsOfAccess": one["privacy"],
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": MEDIA_TYPES[form],
                "contentUrl": f"{origin}{export(one, form, lang)}",
            }
            for form in MEDIA_TYPES
        ],
    }
    return {name: value for name, value in told.items() if value not in ("", [])}


def export(one: Mapping[str, Any], form: str, lang: str) -> str:
    """Return where the file of an indicator by its own periods, in the city, is given out."""
    query = {"indicator": one["code"], "interval": interval(one), "format": form, "lang": lang}
    return write("/export/series", query)


def interval(one: Mapping[str, Any]) -> str:
    """Return by what an indicator is asked for: its own period, of readings and counts hours."""
    return str(one["period"]) if one["kind"] not in {"readings", "cases", "alarms"} else "hour"


def written(told: Mapping[str, Any]) -> str:
    """Return linked data as JSON."""
    return json.dumps(told, ensure_ascii=False)


def in_page(told: Mapping[str, Any]) -> str:
    """Return linked data as JSON that may stand in a page's script element."""
    return written(told).replace("<", "\\u003c")
