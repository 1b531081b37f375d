"""Where marks, callouts and labels stand: whatever happens in the city, nothing lies on anything else."""

from typing import Any

import pytest

from fixtures.scripts import Scripts, Told, told_state

CASES = 60

RANDOM_CASES = """([state, cases]) => {
    const { placing, ground } = cityops;
    const faults = [];
    let [seed, shown, dropped] = [7, 0, 0];
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const between = (low, high) => low + random() * (high - low);
    const sizes = [["lens", 836, 838], ["lens", 1024, 700], ["plain", 836, 838], ["core", 1120, 838],
        ["lens", 360, 420]];
    for (let number = 0; number < cases; number += 1) {
        const [view, width, height] = sizes[number % sizes.length];
        const all = { x: 0, y: 0, width, height };
        const within = { x: 10, y: 12, width: width - 20, height: height - 50 };
        const found = ground.of(state, view, width, height, view === "core" ? all : within);
        const isRoomy = width > 600;
        const fixed = isRoomy
            ? [{ x: 0, y: 0, width: 300, height: 100 }, { x: width - 150, y: 0, width: 150, height: 170 },
               { x: 0, y: height - 290, width: 240, height: 250 }, { x: 0, y: height - 34, width, height: 34 }]
            : [];
        const spread = between(0.01, 0.5);
        const places = Array.from({ length: Math.floor(between(0, 200)) }, (_, key) => {
            const isCase = random() < 0.2; // some of them overdue
            const level = isCase ? 0 : random() < 0.15 ? 4 : Math.ceil(between(0, 3));
            const look = !isCase ? `level-${level}` : random() < 0.3 ? "case is-overdue" : "case";
            const rank = { 0: look === "case" ? 3 : 5, 1: 1, 2: 2, 3: 4, 4: 6 }[level];
            const [x, y] = found.fit.place(113.318 + between(-spread, spread), 23.118 + between(-spread, spread));
            const size = { 0: 16, 4: 20, 3: 20, 2: 14, 1: 11 }[level];
            return { key, level, look, rank, isGrave: rank >= 3, size, x, y };
        }).filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height).sort((a, b) => b.rank - a.rank);
        const isLong = random() < 0.3; // English names
        const labels = found.regions.filter(({ spots }) => spots.length).map(({ code, spots, holds }) => {
            const own = (isLong ? between(84, 132) : between(72, 96)) * (isRoomy ? 1 : 0.6);
            const badge = random() < 0.4 ? 38 * (isRoomy ? 1 : 0.6) : 0;
            return { code, spots, holds, width: own + badge, height: isRoomy ? 56 : 36 };
        });
        const size = { width: between(220, 350), height: 70 };
        const called = { most: isRoomy ? (view === "core" ? 6 : 3) : 0, isNear: view === "core", size };
        const points = Array.from({ length: isRoomy ? 14 : 0 }, (_, code) => {
            const [x, y] = found.fit.place(113.318 + between(-spread, spread), 23.118 + between(-spread, spread));
            const isLoud = random() < 0.3;
            return { code, isLoud, x, y, width: between(36, 180), height: isLoud ? 26 : 22 };
        });
        const copied = () => JSON.parse(JSON.stringify(places));
        const given = { box: all, fixed, called, labels, profile: found.profile };
        const without = placing.arrange({ ...given, places: copied() });
        const done = placing.arrange({ ...given, places: copied(), points });
        const say = (what) => faults.push(`${number} ${view} ${width}: ${what}`);
        const rects = [...fixed.map((rect) => ["over", rect]),
            ...done.marks.map(({ key, rect }) => [`mark ${key}`, rect]),
            ...done.labels.map(({ code, rect }) => [`label ${code}`, rect]),
            ...done.callouts.map(({ mark, rect }) => [`callout ${mark.key}`, rect]),
            ...done.points.map(({ code, rect }) => [`point ${code}`, rect]),
            ...done.points.filter(({ dot }) => dot).map(({ code, dot }) => [`dot ${code}`, dot])];
        rects.forEach(([name, rect], place) => rects.slice(place + 1).forEach(([other, more]) => {
            const isOurs = name !== "over" || other !== "over";
            if (isOurs && placing.meet(rect, more)) say(`${name} and ${other} overlap`);
        }));
        for (const [name, { x, y, width: wide, height: high }] of rects) {
            const isOutside = x < 0 || y < 0 || x + wide > width || y + high > height;
            if (name !== "over" && isOutside) say(`${name} sticks out`);
        }
        done.callouts.forEach((one, place) => done.callouts.slice(place + 1).forEach((other) => {
            if (placing.cross(one.leader, other.leader)) say("leaders cross");
        }));
        const counted = done.marks.reduce((sum, { members }) => sum + members.length, 0);
        if (counted !== places.length) say(`${counted} of ${places.length} alarms are seen`);
        const rest = ({ marks, labels: named, callouts }) =>
            JSON.stringify([marks, named, callouts].map((all) => all.map(({ rect }) => rect)));
        if (rest(done) !== rest(without)) say("a main point moved something");
        if (done.labels.length !== labels.length) say(`${done.labels.length} of ${labels.length} labels`);
        const ranks = done.callouts.map(({ mark }) => mark.rank);
        const grave = done.marks.filter(({ isGrave }) => isGrave).map(({ rank }) => rank).sort((a, b) => b - a);
        if (called.most && grave.length && !ranks.length) say("no callout");
        if (view === "lens" && ranks.length && Math.max(...ranks) < grave[0]) say("the worst has no callout");
        dropped += points.length - done.points.length;
        shown += done.points.length;
    }
    if (!dropped || !shown) faults.push(`${shown} main points are shown, ${dropped} dropped`);
    return faults;
}"""


@pytest.fixture(autouse=True)
def shapes(scripts: Scripts) -> None:
    scripts.speak("zh")
    scripts.shapes()


def test_nothing_overlaps_whatever_happens_in_the_city(scripts: Scripts) -> None:
    assert scripts.ask(RANDOM_CASES, [told_state(), CASES]) == []


def red(key: int, x: float, y: float, level: int = 4) -> Told:
    return {"key": key, "level": level, "isGrave": True, "look": f"level-{level}", "size": 20, "x": x, "y": y}


def arranged(
    scripts: Scripts, *places: Told, most: int = 3, fixed: tuple[Told, ...] = (), points: tuple[Told, ...] = ()
) -> Any:
    """Arrange marks in a box of 800 × 800 whose ground is a column in its middle, with no label."""
    given = {
        "box": {"x": 0, "y": 0, "width": 800, "height": 800},
        "fixed": fixed,
        "places": places,
        "called": {"most": most, "size": {"width": 200, "height": 70}},
        "labels": [],
        "points": points,
    }
    script = """given => {
        const profile = ({ x, width, height }) => height * Math.max(0, Math.min(600, x + width) - Math.max(200, x));
        return cityops.placing.arrange({ ...given, profile });
    }"""
    return scripts.ask(script, given)


def test_marks_of_one_look_in_one_spot_are_counted_and_others_stand_beside(scripts: Scripts) -> None:
    marks = arranged(scripts, red(1, 400, 400), red(2, 404, 402), red(3, 402, 400, 3), most=0)["marks"]
    assert [(mark["key"], len(mark["members"]), mark["at"] == [mark["x"], mark["y"]]) for mark in marks] == [
        (1, 2, True),
        (3, 1, False),
    ]


def test_callouts_stand_on_the_side_of_their_marks_the_worst_on_top(scripts: Scripts) -> None:
    slots = arranged(scripts, red(1, 520, 300), red(2, 540, 340), red(3, 530, 420))["callouts"]
    assert {slot["rect"]["x"] for slot in slots} == {600}
    tops = {slot["mark"]["key"]: slot["rect"]["y"] for slot in slots}
    assert tops[1] < tops[2] < tops[3]
    slots = arranged(scripts, red(1, 250, 700))["callouts"]
    assert slots[0]["rect"]["x"] == 0
    assert slots[0]["rect"]["y"] > 400, "at the height of its mark"


def test_the_worst_is_not_on_top_where_leaders_would_cross(scripts: Scripts) -> None:
    free_is_right = ({"x": 0, "y": 0, "width": 220, "height": 800},)
    slots = arranged(scripts, red(1, 400, 700), red(2, 400, 100), fixed=free_is_right)["callouts"]
    tops = {slot["mark"]["key"]: slot["rect"]["y"] for slot in slots}
    assert tops[2] < tops[1]


def test_only_as_many_callouts_are_made_as_there_is_room_for(scripts: Scripts) -> None:
    full = ({"x": 0, "y": 0, "width": 220, "height": 800}, {"x": 580, "y": 90, "width": 220, "height": 710})
    slots = arranged(scripts, red(1, 400, 200), red(2, 400, 300), fixed=full)["callouts"]
    assert [slot["mark"]["key"] for slot in slots] == [1]


def point(code: str, x: float, y: float, *, loud: bool = False) -> Told:
    return {"code": code, "isLoud": loud, "x": x, "y": y, "width": 60, "height": 22}


def test_a_main_point_is_dropped_where_something_stands_and_named_beside_an_alarm_at_it(scripts: Scripts) -> None:
    points = point("free", 400, 600), point("covered", 400, 402), point("loud", 400, 398, loud=True)
    found = {one["code"]: one for one in arranged(scripts, red(1, 400, 400), most=0, points=points)["points"]}
    assert set(found) == {"free", "loud"}
    assert (found["free"]["dot"] is None, found["loud"]["dot"] is None) == (False, True)
