"""The administration's API keys and display tokens in a browser: listed, made and shown once, revoked; by the API."""

from typing import Any

from fastapi import APIRouter, Request, Response

from cityops import reference
from cityops.clock import utc_now
from cityops.domain.access import Role
from cityops.domain.grants import DAYS, Holder
from cityops.domain.regions import RegionLevel
from cityops_dashboards.addresses import Address
from cityops_dashboards.forms import form as forms
from cityops_dashboards.forms import grants
from cityops_dashboards.forms.form import NO_FORM, Form, FormError, FormTrouble
from cityops_dashboards.texts import name, text

KEYS, DISPLAYS = "/admin/keys", "/admin/displays"

router = APIRouter(include_in_schema=False)


@router.get(KEYS)
@router.get(DISPLAYS)
async def show(request: Request) -> Response:
    """List the keys or the displays, with the form for another."""
    return await _list(request)


@router.post(KEYS)
@router.post(DISPLAYS)
async def act(request: Request) -> Response:
    """Make or revoke one."""
    form = await forms.read(request)
    return await (_revoke(request, form) if form.get("do") == "revoke" else _make(request, form))


async def _revoke(request: Request, form: Form) -> Response:
    answer = await forms.ask(request, "DELETE", f"credentials/{forms.segment(form.get('id'))}")
    if answer.ok:
        return forms.done(request, request.url.path, "revoked")
    lang = Address.parse("", request.url.query).lang
    if answer.status == 404:
        return await _list(request, trouble=forms.trouble_of(lang, answer))
    return forms.turned_away(request, answer) or await _list(request, trouble=forms.trouble_of(lang, answer))


async def _make(request: Request, form: Form) -> Response:
    lang, holder = Address.parse("", request.url.query).lang, _holder(request)
    try:
        answer = await forms.ask(request, "POST", "credentials", _wanted(holder, form))
    except FormError as error:
        return await _list(request, form, FormTrouble(text(lang, str(error))))
    if not answer.ok:
        return forms.turned_away(request, answer) or await _list(request, form, forms.trouble_of(lang, answer))
    token, until = answer.body["token"], forms.when(answer.body["expires_at"])
    shown = f"{request.base_url}display/{token}" if holder is Holder.DISPLAY else token
    return forms.page(
        request,
        "made.html",
        title=text(lang, f"made.{holder}", label=form.get("label").strip()),
        secret=shown,
        notes=[text(lang, "made.once"), text(lang, f"made.{holder}_note"), text(lang, "made.until", until=until)],
        back=request.url.path,
    )


def _wanted(holder: Holder, form: Form) -> dict[str, Any]:
    days = form.get("days").strip()
    if days and not days.isdecimal():
        raise FormError("form.days")
    wanted = grants.grant(form, Role.WALL_DISPLAY if holder is Holder.DISPLAY else None)
    wanted |= {"kind": holder, "label": form.get("label").strip(), "days": int(days) if days else None}
    return wanted | ({"scene": form.get("scene")} if holder is Holder.DISPLAY else {})


async def _list(request: Request, form: Form = NO_FORM, trouble: FormTrouble | None = None) -> Response:
    asked, holder = Address.parse(request.url.path, request.url.query), _holder(request)
    after = {"after": asked.query["after"]} if "after" in asked.query else {}
    answer = await forms.ask(request, "GET", "credentials", params={"kind": holder, **after})
    if not answer.ok and (away := forms.turned_away(request, answer)):
        return away
    found = answer.body if answer.ok else {"items": [], "next": None}
    usual, most = DAYS[holder]
    return forms.page(
        request,
        "credentials.html",
        trouble.status if trouble else 200,
        holder=holder.value,
        rows=[_told(asked.lang, row) for row in found["items"]],
        after=found["next"],
        form=form,
        trouble=trouble,
        roles=grants.roles(asked.lang, holder),
        groups=grants.groups(asked.lang, holder),
        scenes=_scenes(asked.lang),
        usual=usual,
        most=most,
    )


def _holder(request: Request) -> Holder:
    return Holder.DISPLAY if request.url.path == DISPLAYS else Holder.KEY


def _scenes(lang: str) -> list[tuple[str, str]]:
    """Return the pages that a display can show, by path and name."""
    districts = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT]
    return [("/", text(lang, "wall.title")), *((f"/districts/{one.code}", name(lang, one)) for one in districts)]


def _told(lang: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a credential of the API with role, area and state in words."""
    is_over = row["expires_at"] is not None and not forms.is_ahead(row["expires_at"], utc_now())
    state = "revoked" if row["revoked_at"] else "expired" if is_over else "valid"
    return row | {
        "role_name": text(lang, f"role.{row['role']}") if row["role"] else "–",
        "area": grants.area(lang, row["scope_kind"], row["scope_codes"]),
        "scene_name": dict(_scenes(lang)).get(row["scene"] or "", row["scene"] or "–"),
        "state": state,
        "state_words": text(lang, f"admin.state.{state}", at=forms.when(row["revoked_at"])),
    }
