"""What all models of the service's answers and bodies have in common."""

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Model(BaseModel):
    """A part of an answer, or a body. What a newer service shows beside the known fields is kept, too."""

    # Most programs use few of the models.
    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, defer_build=True)
    _etag: str | None = PrivateAttr(default=None)

    @property
    def etag(self) -> str | None:
        """The entity tag that came with the answer, to send as ``if_match`` with an edit; None without one."""
        return self._etag
