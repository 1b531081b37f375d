"""What is wrong with scenes that can all be read: rules as data, over one scene or over those that share a wall."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cityops import reference
from cityops.domain.metrics import Direction
from cityops_dashboards.scenes.model import Scene

Told = Iterator[tuple[Scene, str]]


@dataclass(frozen=True, slots=True)
class LintRule:
    """A rule: its code, whether a scene that breaks it is refused, and a function that finds which scenes do."""

    code: str
    is_error: bool
    find: Callable[[Sequence[Scene]], Told]


def _same(scenes: Sequence[Scene], field: str) -> Told:
    known: dict[object, Scene] = {}
    for scene in scenes:
        value = getattr(scene, field)
        if value in known:
            yield scene, f"{field} {value} is that of scene '{known[value].id}' already; give each its own"
        known.setdefault(value, scene)


def _same_id(scenes: Sequence[Scene]) -> Told:
    return _same(scenes, "id")


def _same_key(scenes: Sequence[Scene]) -> Told:
    return _same(scenes, "key")


def _never_grave(scenes: Sequence[Scene]) -> Told:
    """Find scenes none of whose numbers can ever be graver than usual: a wall shows what somebody must act on."""
    judged = {metric.code for metric in reference.metrics() if metric.direction is not Direction.NONE}
    for scene in scenes:
        if not judged.intersection(scene.panels.headlines):
            yield scene, "no headline has a threshold, so none can ever say that something is wrong; add one that has"


def _health_beside(scenes: Sequence[Scene]) -> Told:
    """Find scenes that show a device's own health beside what devices measure, as if it were of the city."""
    health = {metric.code for metric in reference.metrics() if metric.health}
    for scene in scenes:
        shown = {*scene.panels.headlines, *scene.panels.trends, *scene.panels.map}
        if shown & health and shown - health:
            names = ", ".join(sorted(shown & health))
            yield scene, f"{names} is the health of devices and not of the city; give it a scene of its own"


RULES: Sequence[LintRule] = (
    LintRule("same-id", is_error=True, find=_same_id),
    LintRule("same-key", is_error=True, find=_same_key),
    LintRule("never-grave", is_error=False, find=_never_grave),
    LintRule("health-beside", is_error=False, find=_health_beside),
)


@dataclass(frozen=True, slots=True)
class SceneFinding:
    """A rule that a scene breaks."""

    rule: LintRule
    scene: Scene
    words: str


def findings(scenes: Sequence[Scene], rules: Iterable[LintRule] = RULES) -> list[SceneFinding]:
    """Return all that the rules find in scenes that share a wall."""
    return [SceneFinding(rule, scene, words) for rule in rules for scene, words in rule.find(scenes)]
