"""What a try is run with."""

from typing import TYPE_CHECKING

from seed.manifest import Manifest
from seed.run.arguments import Arguments

if TYPE_CHECKING:
    from agent.work import Try


def stage(one: "Try", manifest: Manifest) -> Arguments:
    a = one.assignment
    settings = {**a.configuration.get("settings", {}), **a.secrets}
    return Arguments(
        json=a.input.get("json", {}), settings={n: v for n, v in settings.items() if n in manifest.setting_names}
    )
