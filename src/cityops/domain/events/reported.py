"""What a case consists of as its source reports it, who reads each part, and how it is masked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, NamedTuple, get_type_hints

from cityops.domain.masking import masked, masked_code

TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 4000
"""Longest texts kept, in characters (Open311 GeoReport v2 allows 4,000 for a description)."""


class Told(NamedTuple):
    """Where an attribute of a case is told beside the case itself, and how it is masked where it is told to many."""

    heading_zh: str | None = None
    """Of its column in files, which call it by its name in English; None: in no file."""
    in_lists: bool = False
    mask: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class EventStep:
    """One reported step of a case, checked; field names are the columns of `event`, times have a time zone."""

    source_system_code: Annotated[str, Told("来源系统代码", in_lists=True)]
    external_id: Annotated[str, Told("来源单号", in_lists=True, mask=masked_code)]
    sequence: int
    class_code: Annotated[str, Told("类别代码", in_lists=True)]
    severity: Annotated[str, Told("紧急程度代码", in_lists=True)]
    status: Annotated[str, Told("状态代码", in_lists=True)]
    title: Annotated[str, Told("标题", in_lists=True, mask=masked)]
    description: Annotated[str | None, Told(mask=masked)]
    address: Annotated[str | None, Told("地址", mask=masked)]
    region_code: Annotated[str, Told("区域代码", in_lists=True)]
    lon: Annotated[float | None, Told("经度")]
    lat: Annotated[float | None, Told("纬度")]
    occurred_at: Annotated[datetime, Told("发生时间", in_lists=True)]
    status_at: Annotated[datetime, Told("最新状态时间", in_lists=True)]
    received_at: Annotated[datetime, Told("接收时间")]
    drill: Annotated[bool, Told(in_lists=True)] = False
    """Whether it is only played; once one step has said so, the case stays marked."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes the step the same step when it comes again."""
        return self.source_system_code, self.external_id, self.sequence


def _told(name: str) -> Told:
    noted = getattr(get_type_hints(EventStep, include_extras=True)[name], "__metadata__", ())
    return next((one for one in noted if isinstance(one, Told)), Told())


ATTRIBUTES: Mapping[str, Told] = {field.name: _told(field.name) for field in fields(EventStep)}
"""What a case consists of, in the order of `EventStep`."""

MASKS: Mapping[str, Callable[[str], str]] = {name: told.mask for name, told in ATTRIBUTES.items() if told.mask}
"""Attributes that may hold personal data: where somebody wrote freely, and where a sender chose a number."""
