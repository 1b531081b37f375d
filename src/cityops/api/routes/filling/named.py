"""Which sheet is asked for over HTTP: of which form, region and period, in the area of who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from fastapi import Path
from sqlalchemy import Connection

from cityops.api import problems
from cityops.api.access.door import outside
from cityops.api.state.city import City
from cityops.api.state.regions import region_of
from cityops.clock import utc_now
from cityops.declarations import meant
from cityops.domain.access import Subject
from cityops.domain.filling.due import FillingPeriod, is_open_to, period_of, regions_for
from cityops.domain.filling.forms import FillingForm
from cityops.domain.intervals import CITY_ZONE
from cityops.indicators import forms_in_force
from cityops.reference.forms import Forms
from cityops.services.indicators.filling import AskedSheet
from cityops.store.indicators.filling import SheetKey
from cityops.store.workdays import work_calendar

FormCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["street_month"])]
RegionPath = Annotated[str, Path(pattern=r"^[0-9]{6}([0-9]{3})?$", examples=["440105001"])]
StartPath = Annotated[date, Path(description="first day of the period, in the city's time", examples=["2026-10-01"])]


@dataclass(frozen=True)
class AskedForm:
    """A form and one of its periods."""

    forms: Forms
    form: FillingForm
    start: datetime

    def sheet(self, region: str) -> AskedSheet:
        """Return the sheet of a region."""
        key = SheetKey(self.form.form, region, self.start)
        return AskedSheet(key, self.form, self.form.period.shifted(self.start, 1), self.forms.indicators)

    def period(self, connection: Connection) -> FillingPeriod:
        """Return the period with its deadline."""
        return period_of(self.form, self.start, work_calendar(connection))


def form_asked(code: str, day: date) -> AskedForm:
    """Find out which form and period are asked for.

    Raises
    ------
    problems.ProblemError
        404: there is no such form, or none of its periods that may be filled in begins on that day.
    """
    forms = forms_in_force()
    form = forms.forms.get(code)
    if form is None:
        near = meant(code, [*forms.forms])
        raise problems.not_found("form", code, f"The codes stand in /api/v1/filling/forms{near}.")
    start = datetime.combine(day, time(), CITY_ZONE)
    if form.period.floor(start) != start or not is_open_to(form, start, utc_now()):
        remedy = (
            f"A {form.period} of it is filled in when it is over; what is asked for stands in /api/v1/filling/due."
        )
        raise problems.not_found(f"{form.period} of {code} that begins on", day, remedy)
    return AskedForm(forms, form, start)


def regions_asked(city: City, subject: Subject, form: FillingForm) -> Sequence[str]:
    """Return the regions of a form in the area of who asks."""
    return [one.code for one in regions_for(form, [*city.regions().values()], subject.scope)]


def sheet_asked(city: City, subject: Subject, code: str, region: str, day: date) -> tuple[AskedForm, AskedSheet]:
    """Find out which sheet is asked for.

    Raises
    ------
    problems.ProblemError
        404: there is no such form, period or region of it; or the sheet lies outside the area of who asks.
    """
    asked = form_asked(code, day)
    level = region_of(city.regions(), region).level
    if level is not asked.form.level:
        raise problems.not_found(f"sheet of {code} for", region, f"It is filled in by each {asked.form.level}.")
    if region not in regions_asked(city, subject, asked.form):
        raise problems.ProblemError(404, outside(subject, region).detail)
    return asked, asked.sheet(region)
