"""Files of forms: the shipped ones are sound and ask little, and each fault is told at its place."""

from pathlib import Path

import pytest

from cityops.domain.filling.burden import burden_of, share_prefilled
from cityops.domain.indicators.measures import Filled
from cityops.errors import CityopsError
from cityops.reference import themes
from cityops.reference.forms import SHIPPED_FORMS, read_forms, shipped_forms

FORM = (SHIPPED_FORMS / "street_month.yaml").read_text(encoding="utf-8")


def faults(tmp_path: Path, **files: str) -> str:
    """Return what is said of a folder with these files."""
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CityopsError) as refused:
        read_forms(tmp_path, themes.shipped())
    return str(refused.value)


def test_the_shipped_forms_are_sound_and_four_of_five_cells_are_prefilled_at_each_level() -> None:
    forms = shipped_forms()
    burdens = [burden_of(one, forms.indicators) for one in forms.forms.values()]
    assert len(burdens) == 5
    asked = {code for one in forms.forms.values() for code in one.fields}
    assert asked == {code for code, one in forms.indicators.items() if isinstance(one.measure, Filled)}
    for level in {one.level for one in burdens}:
        share = share_prefilled(one for one in burdens if one.level is level)
        assert share is not None
        assert share >= 0.8


def test_a_second_form_that_asks_the_same_is_refused_with_the_name_of_the_first(tmp_path: Path) -> None:
    second = FORM.replace("form: street_month", "form: street_visits").replace("街镇基层治理月报", "走访月报")
    told = faults(tmp_path, street_month=FORM, street_visits=second)
    assert "street_visits.yaml:13:5 fields.grid_officers: 'grid_officers' of each street is asked by" in told
    assert "by street_month (街镇基层治理月报) already; leave it out" in told


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "grid_visits:",
            "grid_visit:",
            "fields.grid_visit: unknown indicator 'grid_visit', did you mean 'grid_visits'",
        ),
        ("grid_visits:", "events_reported:", "'events_reported' is cases: we have it already, and ask nobody for it"),
        ("grid_visits:", "food_passed:", "'food_passed' is of district, and this form of a street"),
        ("period: month", "period: day", "'grid_visits' is by the month, and this form by the day"),
        ("devices: waterlogging}\n    prefill_d", "devices: ponding}\n    prefill_d", "unknown 'ponding'"),
        ("indicator: orders_12345", "indicator: orders_1234", "did you mean 'orders_12345'?"),
        ("owner: operations", "owner: operation", "did you mean 'operations'?"),
        ("work_days: 5", "days: 5", "due.days"),
        ("[300, 4000]", "[4000, 300]", "usual: the first is less than the second"),
        ("form: street_month", "form: street_months", "is 'street_months' in a file of the name street_month.yaml"),
    ],
)
def test_a_fault_is_told_at_its_place(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in FORM
    said = faults(tmp_path, street_month=FORM.replace(before, after, 1))
    assert told in said
    assert all(line.startswith(str(tmp_path)) for line in said.splitlines())
