"""The numbers of a report, computed once: every sentence, table and curve of it is made from these, in any language.

As JSON they are kept beside the files, so that a report can be made again, byte by byte, from what it was made of.
"""

from collections.abc import Iterator
from datetime import datetime

from cityops.declarations import Strict
from cityops.domain.reports.declared import ReportDeclaration


class SnapshotRegion(Strict):
    """A region, by code and names."""

    code: str
    zh: str
    en: str


class SnapshotIndicator(Strict):
    """An indicator as it was declared when the report was made."""

    code: str
    zh: str
    en: str
    unit: str
    decimals: int
    definition_version: int | None
    definition_zh: str
    definition_en: str


class SnapshotValue(Strict):
    """A value of an indicator in a region, as the series tells it, with what it is compared to."""

    indicator: str
    region: str
    start: datetime
    end: datetime
    value: float | None
    coverage: float | None = None
    before: float | None = None
    before_start: datetime | None = None
    before_end: datetime | None = None

    @property
    def key(self) -> tuple[str, str, datetime, datetime]:
        """What it is a value of."""
        return self.indicator, self.region, self.start, self.end


class SnapshotView(Strict):
    """The answer to a saved view; `left_out` are indicators that do not come for such regions."""

    regions: tuple[SnapshotRegion, ...]
    indicators: tuple[SnapshotIndicator, ...]
    values: tuple[SnapshotValue, ...]
    left_out: tuple[SnapshotIndicator, ...] = ()

    def of(self, indicator: str) -> list[SnapshotValue]:
        """Return the values of an indicator, by region and time."""
        return [one for one in self.values if one.indicator == indicator]

    def indicator(self, code: str) -> SnapshotIndicator | None:
        """Return an indicator of it; None for one that was left out."""
        return next((one for one in self.indicators if one.code == code), None)


class Correction(Strict):
    """A value that was another one in the edition before."""

    view: str
    indicator: SnapshotIndicator
    region: SnapshotRegion
    start: datetime
    end: datetime
    was: float | None
    now: float | None


class ModeTold(Strict):
    """The mode that a special report is about."""

    id: int
    zh: str
    en: str
    reason: str


class ReportSnapshot(Strict):
    """All that a report is made of."""

    declared: ReportDeclaration
    region: SnapshotRegion
    start: datetime
    end: datetime
    made_at: datetime
    finished: bool
    edition: int = 1
    """0: a preview, which nobody has kept."""
    mode: ModeTold | None = None
    views: dict[str, SnapshotView]
    corrections: tuple[Correction, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of its period but counts of nothing, which are there without any source."""
        values = (one for view in self.views.values() for one in view.values)
        return not any(one.value for one in values if one.start >= self.start)

    def text(self) -> str:
        """Return it as JSON, the same for the same numbers."""
        return self.model_dump_json(by_alias=True)

    @classmethod
    def read(cls, text: str) -> "ReportSnapshot":
        """Return what `text` gave."""
        return cls.model_validate_json(text)

    def next_edition(self, before: "ReportSnapshot") -> "ReportSnapshot":
        """Return it as the edition that follows another of the same period, naming what has changed."""
        changed = tuple(_corrections(before, self))
        return self.model_copy(update={"edition": before.edition + 1, "corrections": changed})


def _corrections(before: ReportSnapshot, after: ReportSnapshot) -> Iterator[Correction]:
    for name, view in after.views.items():
        said = {one.key: one.value for one in before.views[name].values} if name in before.views else {}
        regions = {one.code: one for one in view.regions}
        for one in view.values:
            indicator = view.indicator(one.indicator)
            if indicator and one.key in said and said[one.key] != one.value:
                yield Correction(
                    view=name,
                    indicator=indicator,
                    region=regions[one.region],
                    start=one.start,
                    end=one.end,
                    was=said[one.key],
                    now=one.value,
                )
