"""The lens: even in the core, true in every direction, and by the same function a map true to scale."""

import math

import pytest

from fixtures.scripts import Scripts

CORE = {"lon": 113.318, "lat": 23.118}
KM_NORTH = 1 / 110.86
EDGES = [[112.95, 22.45], [114.05, 23.93]]
BOX = {"x": 10, "y": 12, "width": 800, "height": 780}


def placed(scripts: Scripts, power: float, *places: tuple[float, float]) -> list[list[float]]:
    """Return where places lie, in km of the lens from the core."""
    script = """([core, power, places]) => {
        const project = cityops.lens.projection(core, power);
        return places.map(([lon, lat]) => project(lon, lat));
    }"""
    found: list[list[float]] = scripts.ask(script, [CORE, power, places])
    return found


def test_the_lens_leaves_the_core_as_it_is_and_draws_in_what_lies_far_out(scripts: Scripts) -> None:
    near, far = placed(scripts, 0.58, (113.318, 23.118 + KM_NORTH), (113.318, 23.118 + 80 * KM_NORTH))
    assert near == pytest.approx([0, -1], abs=0.01)
    assert far == pytest.approx([0, -80 * (1 + (80 / 12) ** 2) ** (-0.21)], abs=0.01)


def test_directions_from_the_core_stay_true(scripts: Scripts) -> None:
    place = (113.7, 23.5)
    [bent], [plain] = placed(scripts, 0.58, place), placed(scripts, 1, place)
    assert math.atan2(*bent) == pytest.approx(math.atan2(*plain))
    assert math.hypot(*bent) < math.hypot(*plain)


def test_the_plain_map_is_true_to_scale(scripts: Scripts) -> None:
    [one] = placed(scripts, 1, (113.318, 23.118 - 50 * KM_NORTH))
    assert one == pytest.approx([0, 50])


def test_a_map_fits_its_box_by_one_factor_and_finds_back(scripts: Scripts) -> None:
    script = """([core, edges, box]) => {
        const fitted = cityops.lens.fit(cityops.lens.projection(core, 1), edges, box);
        const corners = edges.map(([lon, lat]) => fitted.place(lon, lat));
        return [...corners, fitted.lay(fitted.back([100, 200])), fitted.scale];
    }"""
    (west, south), (east, north), back, scale = scripts.ask(script, [CORE, EDGES, BOX])
    assert north == pytest.approx(12)
    assert south == pytest.approx(792)
    assert west - 10 == pytest.approx(810 - east)
    assert back == pytest.approx([100, 200])
    assert scale == pytest.approx(780 / (1.48 * 110.86))


def test_a_line_bends_and_points_that_say_nothing_new_are_left_out(scripts: Scripts) -> None:
    script = """([core, power]) => {
        const { projection, drawn } = cityops.lens;
        const project = projection(core, power);
        return [drawn(project, [[113, 23.5], [113.6, 23.5]]), drawn(project, [[113, 23.5], [113.0001, 23.5]])];
    }"""
    line, dot = scripts.ask(script, [CORE, 0.58])
    assert len(line) > 20
    assert len({round(y) for _, y in line}) > 1
    assert len(dot) == 1


@pytest.mark.parametrize(("scale", "km"), [(5.2, 20), (37, 2), (0.5, 50), (500, 1)])
def test_the_bar_is_a_round_distance(scripts: Scripts, scale: float, km: int) -> None:
    assert scripts.ask("scale => cityops.lens.bar(scale, 120)", scale) == {"km": km, "px": pytest.approx(km * scale)}
