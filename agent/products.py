"""The products of a try."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.work import Try


class Products:
    def __init__(self, one: "Try") -> None:
        self.one = one

    def store(self, files: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        return []

    def delete(self) -> None:
        pass
