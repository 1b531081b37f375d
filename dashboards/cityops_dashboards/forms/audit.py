"""The audit in a browser: newest first, by filter, page by page; the address holds the filter. From the API."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from cityops.domain.audit import NOBODY, Action, AuditOutcome
from cityops.domain.intervals import CITY_ZONE
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form, grants
from cityops_dashboards.forms.form import FormTrouble
from cityops_dashboards.forms.sentences import one_line_each, sentence
from cityops_dashboards.texts import text

PATH = "/admin/audit"
FILTERS = ("subject", "action", "outcome", "object", "after")
MOMENTS = ("start", "end")

router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def show(request: Request) -> Response:
    """Give a page of the audit."""
    asked = Address.parse(request.url.path, request.url.query)
    answer = await form.ask(request, "GET", "audit", params=_wanted(asked))
    trouble: FormTrouble | None = None
    if answer.status == 422:
        trouble = form.trouble_of(asked.lang, answer)
    elif not answer.ok:
        return form.turned_away(request, answer) or form.missing(request)
    found = answer.body if answer.ok else {"items": [], "next": None}
    return form.page(
        request,
        "audit.html",
        trouble.status if trouble else 200,
        rows=[_told(asked.lang, row) for row in one_line_each(found["items"])],
        after=found["next"],
        query={name: asked.query.get(name, "") for name in (*FILTERS, *MOMENTS)},
        actions=[(one.value, text(asked.lang, f"audit.action.{one}")) for one in Action],
        outcomes=[(one.value, text(asked.lang, f"audit.outcome.{one}")) for one in AuditOutcome],
        trouble=trouble,
    )


def _wanted(asked: Address) -> dict[str, str]:
    """Return the filter as the API takes it: times with the city's zone, which the browser's field has not."""
    given = {name: asked.query[name].strip() for name in FILTERS if asked.query.get(name, "").strip()}
    return given | {name: _zoned(asked.query[name]) for name in MOMENTS if asked.query.get(name)}


def _zoned(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value  # the API says what is wrong with it
    return moment.isoformat() if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE).isoformat()


def _told(lang: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with who and what in words; codes that are younger than this page stay as they are."""
    known = {f"audit.action.{one}" for one in Action}
    action = f"audit.action.{row['action']}"
    return row | {
        "who": text(lang, "audit.nobody") if row["subject"] == NOBODY else row["subject"],
        "role_name": text(lang, f"role.{row['role']}") if row["role"] else "",
        "area": grants.area(lang, row["scope_kind"], row["scope_codes"]) if row["scope_kind"] else "",
        "action_name": text(lang, action) if action in known else row["action"],
        "outcome_name": text(lang, f"audit.outcome.{row['outcome']}"),
        "detail_words": sentence(lang, row["detail"]),
    }
