"""The map of districts: colours by even steps, what is unknown, what is little covered, labels that fit."""

from cityops import reference
from cityops.domain.regions import RegionLevel
from cityops_dashboards import theme
from cityops_dashboards.figures.districts import Ramp, districts, ramp_of

REGIONS = [one for one in reference.regions() if one.level is RegionLevel.DISTRICT]
NAMES = {one.code: one.name_zh for one in REGIONS}


def test_a_value_has_the_colour_of_its_step_and_beyond_the_ends_that_of_the_end() -> None:
    ramp, look = Ramp(0, 60), theme.DARK
    assert [ramp.colour(value, look) for value in (-5, 0, 9.9, 10, 59, 60, 99)] == [
        look.ramp[step] for step in (0, 0, 0, 1, 5, 5, 5)
    ]
    assert [low for low, _ in ramp.steps(look)] == [0, 10, 20, 30, 40, 50]
    assert ramp_of([3.0, 12.0], (0, 90)) == Ramp(0, 90)
    assert ramp_of([3.0, 12.0], None) == Ramp(0, 12)
    assert ramp_of([0.0], None).colour(0, look) == look.ramp[0]


def test_what_is_unknown_is_hatched_and_what_is_little_covered_has_a_dotted_edge() -> None:
    tianhe, panyu, zengcheng = "440106", "440113", "440118"
    values = {tianhe: 5.0, panyu: 55.5}
    figure = districts(REGIONS, NAMES, values, [panyu], Ramp(0, 60), ",.1f", theme.DARK)
    by_code = {trace.meta: trace for trace in figure.data if trace.meta}
    assert by_code.keys() == NAMES.keys()
    assert by_code[tianhe].fillcolor == theme.DARK.ramp[0]
    assert by_code[zengcheng].fillpattern.shape == "/"
    assert (by_code[tianhe].line.dash, by_code[panyu].line.dash) == ("solid", "dot")
    labels = dict(zip(NAMES, figure.data[-1].text, strict=True))
    assert labels[panyu] == "番禺区<br><b>55.5</b>"
    assert labels[tianhe] == "<b>5.0</b>"  # too small for its name, which the pointer tells
    assert labels[zengcheng].endswith("<b>—</b>")
    assert "天河区 5.0" in figure.data[-1].hovertext
