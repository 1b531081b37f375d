"""Shapes of case standards: what files say of one, with whether it is an example alone."""

from datetime import date

from pydantic import Field

from cityops.api.schemas.shape import Shape
from cityops.domain.events.acts import UnitKind
from cityops.domain.events.deadlines import LimitKind
from cityops.domain.events.standards import CaseStandard, ProofAsked


class CaseStandardOut(Shape):
    """A filing condition of a class with its limit and its closing condition (立案标准)."""

    code: str
    version: int = Field(description="a case bears code and version; a version never changes")
    class_code: str
    code_scheme: str = Field(description="whose coding `scheme_code` is; empty where there is none")
    scheme_code: str
    condition_zh: str
    condition_en: str
    limit_kind: LimitKind
    limit_amount: int
    limit_zh: str = Field(examples=["2 紧急工作时"])
    limit_en: str = Field(examples=["2 hours by the clock"])
    closing_zh: str
    closing_en: str
    evidence: ProofAsked = Field(description="which photos the result needs")
    unit_kind: UnitKind
    unit_code: str | None = Field(description="null: the district or street in which the case lies")
    basis: str
    valid_from: date = Field(description="a day in the city's time zone")
    is_example: bool = Field(description="shipped as an example, not the city's own")

    @classmethod
    def of(cls, one: CaseStandard) -> "CaseStandardOut":
        """Return a standard as it is told."""
        own = {name: getattr(one, name) for name in CaseStandard.__slots__ if name != "limit"}
        kind, amount = one.limit.kind, one.limit.amount
        zh, en = f"{amount} {kind.name_zh}", f"{amount} {kind.name_en}"
        return cls(limit_kind=kind, limit_amount=amount, limit_zh=zh, limit_en=en, **own)
