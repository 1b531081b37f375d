"""What is wrong with scenes that can all be read: rules as data, over one scene or over those that share a wall."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cityops import reference
from cityops.domain.indicators.definitions import indicators
from cityops.domain.indicators.privacy import is_restricted
from cityops.domain.metrics import Direction
from cityops.indicators import in_force
from cityops_dashboards.scenes.frame import FORMS, OUTER, UNDER
from cityops_dashboards.scenes.model import Scene

Told = Iterator[tuple[Scene, str]]

MOST_PANELS = 9
"""More than that nobody takes in at a glance."""
SHARPNESS_MM = 4.65
"""Height of 16 minutes of arc a metre away: the smallest glyph that is read without effort (NUREG-0700)."""
PITCH_MM, WIDTH_PX = 1.2, 1920
"""Of a wall that nobody has measured: a pixel of the usual LED module, and so many of them side by side."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A wall as it hangs: the distance from pixel to pixel, and how many of them are across (16:9)."""

    pitch_mm: float = PITCH_MM
    width_px: int = WIDTH_PX

    def glyph_mm(self, canvas_px: float) -> float:
        """Return how high something of the canvas is on it."""
        return canvas_px * self.width_px / FORMS[0].width * self.pitch_mm


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule: its code, whether a scene that breaks it is refused, and a function that finds which scenes do."""

    code: str
    is_error: bool
    find: Callable[[Sequence[Scene], Screen], Told]


def _same(scenes: Sequence[Scene], field: str) -> Told:
    known: dict[object, Scene] = {}
    for scene in scenes:
        value = getattr(scene, field)
        if value in known:
            yield scene, f"{field} {value} is that of scene '{known[value].id}' already; give each its own"
        if value is not None:
            known.setdefault(value, scene)


def _same_id(scenes: Sequence[Scene], _: Screen) -> Told:
    return _same(scenes, "id")


def _same_key(scenes: Sequence[Scene], _: Screen) -> Told:
    return _same(scenes, "key")


def _too_many(scenes: Sequence[Scene], _: Screen) -> Told:
    for scene in scenes:
        if len(scene.panels) > MOST_PANELS:
            yield scene, f"{len(scene.panels)} panels; nobody takes in more than {MOST_PANELS}, make two scenes of it"


def _no_room(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find panels whose place on a screen of some form is smaller than they can be."""
    for scene in scenes:
        for one in FORMS:
            boxes = scene.frame(one.code).boxes()
            for slot, box in boxes.items():
                panel = scene.panels.get(UNDER.get(slot, slot))
                if panel is None or slot in OUTER:
                    continue
                width, height = panel.least
                if box.width < width or box.height < height:
                    yield (
                        scene,
                        f"'{slot}' has {box.width:.0f} × {box.height:.0f} px at {one.code}, and {panel.figure} needs "
                        f"{width} × {height}; give it more by weights, or leave it out there (variants)",
                    )


def _too_small(scenes: Sequence[Scene], screen: Screen) -> Told:
    """Find scenes whose smallest glyph that matters is under 16 minutes of arc at their distance."""
    for scene in scenes:
        glyph = screen.glyph_mm(min(panel.glyph_px for panel in scene.figures))
        needed = SHARPNESS_MM * scene.distance
        if glyph < needed:
            yield (
                scene,
                f"glyphs are {glyph:.0f} mm high, and {scene.distance:g} m need {needed:.0f} mm (16′ of arc); "
                "a larger wall, a wider pitch or a shorter distance",
            )


def _twice(scenes: Sequence[Scene], _: Screen) -> Told:
    for scene in scenes:
        told = Counter([*scene.of("vitals"), *scene.of("trends")])
        for code, times in told.items():
            if times > 1:
                yield scene, f"{code} stands in vitals and in trends; one number has one place"


def _untold(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find maps whose first indicator has no number for the whole city beside it."""
    for scene in scenes:
        first, told = scene.of("map")[:1], {*scene.of("vitals"), *scene.of("trends")}
        if first and told and first[0] not in told:
            yield scene, f"the map shows {first[0]} first, and no vitals or trends tell its number; name it there"


def _no_source(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find indicators that no kind of device measures and no file declares, so that no source can ever tell them."""
    measured = {metric for kind in reference.device_kinds() for metric in kind.metrics} | {*in_force().indicators}
    for scene in scenes:
        for code in dict.fromkeys(code for panel in scene.figures for code in panel.shown):
            if code not in measured:
                yield scene, f"no kind of device measures {code}, so it would say — for ever"


def _restricted(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find indicators that only their owner and the centre may see: a wall is seen by whoever is in the room."""
    every = indicators(reference.metrics(), {}, in_force().themes)
    for scene in scenes:
        for code in scene.of("indicators"):
            if is_restricted(every[code], every):
                yield scene, f"{code} is restricted, or made of what is, and no wall is told it; leave it out"


def _unreachable(scenes: Sequence[Scene], _: Screen) -> Told:
    for scene in scenes:
        if not (scene.key or scene.hold or scene.rotates or scene.region):
            yield scene, "nothing leads to it: it has no key, holds for no alarm and is not rotated to"


def _moved(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find scenes whose alarms or cases stand on another side than in the wall's own layout."""
    usual = FORMS[0].boxes()
    for scene in scenes:
        boxes = scene.frame("16:9").boxes()
        for slot in ("alarms", "cases"):
            box = boxes.get(slot)
            if box and box.left + box.width / 2 < usual[slot].left:
                yield scene, f"'{slot}' stands elsewhere than in other scenes; in a storm it is looked for in vain"


def _never_grave(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find scenes none of whose numbers can ever be graver than usual: a wall shows what needs somebody."""
    judged = {metric.code for metric in reference.metrics() if metric.direction is not Direction.NONE}
    judged |= {code for code, one in in_force().indicators.items() if one.thresholds}
    for scene in scenes:
        told = {code for panel in scene.figures for code in panel.shown}
        if told and not judged & told:
            yield (
                scene,
                "no indicator has a threshold, so none can ever say that something is wrong; add one that has",
            )


def _health_beside(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find scenes that show a device's own health beside what devices measure, as if it were of the city."""
    health = {metric.code for metric in reference.metrics() if metric.health}
    for scene in scenes:
        shown = {code for panel in scene.figures for code in panel.shown}
        if shown & health and shown - health:
            names = ", ".join(sorted(shown & health))
            yield scene, f"{names} is the health of devices and not of the city; give it a scene of its own"


def _no_alarms(scenes: Sequence[Scene], _: Screen) -> Told:
    for scene in scenes:
        if not any(panel.figure == "alarms" for panel in scene.figures):
            yield scene, "it has no alarms, so what goes wrong meanwhile is not seen in it"


def _unlisted(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find scenes that alarms bring up which their own list leaves out."""
    of_metric = {rule.metric: rule.rule_class.value for rule in reference.alarm_rules() if rule.metric}
    for scene in scenes:
        hold, wanted = scene.hold, scene.alarms
        if hold is None or wanted is None:
            continue
        for code in hold.metrics:
            if wanted.classes and code in of_metric and of_metric[code] not in wanted.classes:
                yield scene, f"an alarm of {code} brings it up and is not listed; add {of_metric[code]} to the filter"
        for level in hold.level:
            if wanted.levels and level not in wanted.levels:
                yield scene, f"an alarm of level {level} brings it up and is not listed; add it to the filter"


def _fits_none(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find filters that nothing can pass: classes of another group, other districts than the scene's own."""
    for scene in scenes:
        if scene.cases and not scene.cases.all_classes:
            yield scene, "no class of the filter of its cases is of the groups there; name one of the two alone"
        elsewhere = scene.alarms and scene.alarms.regions and scene.region not in {None, *scene.alarms.regions}
        if elsewhere:
            yield scene, "the filter of its alarms names other districts than its own; leave the regions out"


def _stray_devices(scenes: Sequence[Scene], _: Screen) -> Told:
    """Find maps with devices of a kind that nothing else in the scene is about."""
    measured = {kind.code: {*kind.metrics} for kind in reference.device_kinds()}
    for scene in scenes:
        kind = scene.map.devices if scene.map else None
        told = {code for panel in scene.figures for code in panel.shown}
        if kind in measured and not measured[kind] & told:
            yield scene, f"the map shows {kind}, which measures none of the scene's indicators; name one of them too"


def _crowded(scenes: Sequence[Scene], _: Screen) -> Told:
    for scene in scenes:
        if scene.map and scene.map.devices and scene.map.main_points:
            yield scene, "the map shows devices and main points, and both are lost in each other; leave one out"


RULES: Sequence[LintRule] = (
    LintRule("same-id", is_error=True, find=_same_id),
    LintRule("same-key", is_error=True, find=_same_key),
    LintRule("too-many", is_error=False, find=_too_many),
    LintRule("no-room", is_error=False, find=_no_room),
    LintRule("too-small", is_error=False, find=_too_small),
    LintRule("twice", is_error=False, find=_twice),
    LintRule("untold", is_error=False, find=_untold),
    LintRule("no-source", is_error=False, find=_no_source),
    LintRule("restricted", is_error=True, find=_restricted),
    LintRule("unreachable", is_error=False, find=_unreachable),
    LintRule("moved", is_error=False, find=_moved),
    LintRule("never-grave", is_error=False, find=_never_grave),
    LintRule("health-beside", is_error=False, find=_health_beside),
    LintRule("unlisted", is_error=False, find=_unlisted),
    LintRule("fits-none", is_error=True, find=_fits_none),
    LintRule("no-alarms", is_error=False, find=_no_alarms),
    LintRule("stray-devices", is_error=False, find=_stray_devices),
    LintRule("crowded", is_error=False, find=_crowded),
)
"""What the model itself refuses (an unknown indicator or department, no owner, a dwell under 10 s) needs no rule."""


@dataclass(frozen=True, slots=True)
class SceneFinding:
    """A rule that a scene breaks."""

    rule: LintRule
    scene: Scene
    words: str


def findings(
    scenes: Sequence[Scene], rules: Iterable[LintRule] = RULES, screen: Screen = Screen()
) -> list[SceneFinding]:
    """Return all that the rules find in scenes that share a wall; `screen` is how it hangs.

    What is wrong with all that one file makes is told once.
    """
    found = [SceneFinding(rule, scene, words) for rule in rules for scene, words in rule.find(scenes, screen)]
    told = {(one.rule.code, _file(one.scene), one.words): one for one in reversed(found)}
    return [one for one in found if one in told.values()]


def _file(scene: Scene) -> str:
    return scene.id.removesuffix(f"_{scene.region}")
