"""The administration's accounts in a browser: listed, made, changed, disabled, given a password; all by the API."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cityops.clock import utc_now
from cityops.domain.grants import Holder
from cityops_dashboards.access import viewer
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as forms
from cityops_dashboards.forms import grants
from cityops_dashboards.forms.form import NO_FORM, Form, FormError, FormTrouble
from cityops_dashboards.texts import text

PATH = "/admin/accounts"
CHANGES: dict[str, dict[str, bool]] = {
    "disable": {"disabled": True},
    "enable": {"disabled": False},
    "unlock": {"locked": False},
}

router = APIRouter(include_in_schema=False)


@router.get("/admin")
async def begin(request: Request) -> Response:
    """Lead to the first page that the viewer may see, or to the refusal of the accounts."""
    known = viewer.current()
    first = next(iter(forms.offered(known) if known else ()), "accounts")
    return RedirectResponse(Address.parse("", request.url.query).to(f"/admin/{first}"), 303)


@router.get(PATH)
async def show_all(request: Request) -> Response:
    """List the accounts, with the form for another."""
    return await _list(request)


@router.post(PATH)
async def create(request: Request) -> Response:
    """Make an account, and show its password this once."""
    form, lang = await forms.read(request), Address.parse("", request.url.query).lang
    given = {"login": form.get("login").strip(), "display_name": form.get("display_name").strip()}
    try:
        answer = await forms.ask(request, "POST", "accounts", given | grants.grant(form))
    except FormError as error:
        return await _list(request, form, FormTrouble(text(lang, str(error))))
    if answer.ok:
        return _password(request, answer.body["login"], answer.body["password"])
    return forms.turned_away(request, answer) or await _list(request, form, forms.trouble_of(lang, answer))


@router.get(f"{PATH}/{{login}}")
async def show(request: Request, login: str) -> Response:
    """Give an account's page."""
    return await _one(request, login)


@router.post(f"{PATH}/{{login}}")
async def change(request: Request, login: str) -> Response:
    """Do with an account what the form's button says."""
    form, lang = await forms.read(request), Address.parse("", request.url.query).lang
    path, do = f"accounts/{forms.segment(login)}", form.get("do")
    if do == "password":
        answer = await forms.ask(request, "POST", f"{path}/password", {})
        if answer.ok:
            return _password(request, login, answer.body["password"])
    else:
        try:
            answer = await forms.ask(request, "PATCH", path, CHANGES.get(do) or _changed(form))
        except FormError as error:
            return await _one(request, login, form, FormTrouble(text(lang, str(error))))
        if answer.ok:
            return forms.done(request, f"{PATH}/{forms.segment(login)}", do if do in CHANGES else "changed")
    return forms.turned_away(request, answer) or await _one(request, login, form, forms.trouble_of(lang, answer))


@router.get("/admin/{rest:path}")
@router.get("/account/{rest:path}")
async def nothing(request: Request) -> Response:
    """Say that there is no such page; this module is the last to be asked."""
    return forms.missing(request)


def _changed(form: Form) -> dict[str, Any]:
    return {"display_name": form.get("display_name").strip(), "grant": grants.grant(form)}


async def _list(request: Request, form: Form = NO_FORM, trouble: FormTrouble | None = None) -> Response:
    asked = Address.parse(request.url.path, request.url.query)
    after = {"after": asked.query["after"]} if "after" in asked.query else {}
    answer = await forms.ask(request, "GET", "accounts", params=after)
    if not answer.ok and (away := forms.turned_away(request, answer)):
        return away
    found = answer.body if answer.ok else {"items": [], "next": None}
    return forms.page(
        request,
        "accounts.html",
        trouble.status if trouble else 200,
        rows=[_told(asked.lang, row) for row in found["items"]],
        after=found["next"],
        form=form,
        trouble=trouble,
        **_choices(asked.lang),
    )


async def _one(request: Request, login: str, form: Form = NO_FORM, trouble: FormTrouble | None = None) -> Response:
    lang = Address.parse("", request.url.query).lang
    answer = await forms.ask(request, "GET", f"accounts/{forms.segment(login)}")
    if not answer.ok:
        return forms.turned_away(request, answer) or forms.missing(request)
    row = _told(lang, answer.body)
    if form.get("do") != "change":  # the form shows what was typed; the others hold nothing
        ticked = grants.chosen(row["scope_kind"], row["scope_codes"])
        form = Form({"display_name": [row["display_name"]], "role": [row["role"]], "area": ticked})
    status = trouble.status if trouble else 200
    return forms.page(request, "account_of.html", status, row=row, form=form, trouble=trouble, **_choices(lang))


def _told(lang: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return an account of the API with role, area and state in words."""
    locked = row["locked_until"] and forms.is_ahead(row["locked_until"], utc_now())
    state = "disabled" if row["disabled_at"] else "locked" if locked else "open"
    return row | {
        "role_name": text(lang, f"role.{row['role']}"),
        "area": grants.area(lang, row["scope_kind"], row["scope_codes"]),
        "state": state,
        "state_words": text(lang, f"admin.state.{state}", until=forms.when(row["locked_until"])),
    }


def _choices(lang: str) -> dict[str, Any]:
    return {"roles": grants.roles(lang, Holder.ACCOUNT), "groups": grants.groups(lang, Holder.ACCOUNT)}


def _password(request: Request, login: str, password: str) -> Response:
    lang = Address.parse("", request.url.query).lang
    return forms.page(
        request,
        "made.html",
        title=text(lang, "made.password", login=login),
        secret=password,
        notes=[text(lang, "made.once"), text(lang, "made.password_note")],
        back=f"{PATH}/{forms.segment(login)}",
    )
