"""What the tables of all data files have in common: a frozen model, and the kinds of values."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Percent = Annotated[float, Field(ge=0, le=100)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Path_ = Annotated[str, StringConstraints(pattern=r"^/\S*$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


class Model(BaseModel):
    """A table of a data file: frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
