"""Shapes of the API's questions and answers on views of the data page that persons keep."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from cityops.api.schemas.access import Asked
from cityops.api.schemas.shape import Shape
from cityops.domain.indicators.views import ViewQuestion

ViewName = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$")
]
"""A name as it is shown: without control characters, and with no space before or after it."""


class ViewAsked(ViewQuestion):
    """A view to be kept under a name: what is asked, and whether others see it too."""

    name: ViewName
    shared: bool = False

    @property
    def question(self) -> ViewQuestion:
        """The question alone."""
        return ViewQuestion.model_validate(self.model_dump(exclude={"name", "shared"}))


class ViewChange(Asked):
    """What a view is called, and whether others see it; its question stays."""

    name: ViewName
    shared: bool = False


class ViewOut(Shape):
    """A view of one's own, or one that somebody shares."""

    id: int
    name: str
    login: str = Field(description="whose it is")
    own: bool
    shared: bool
    made_at: datetime
    question: ViewQuestion
