"""The checks of what a registration holds beside its documents: the image and the icon."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from seed.findings import Finding, Report
from seed.images import ImageReference, ImageReferenceError
from seed.wording import kind, quoted

_SHAPE = "[registry[:port]/]path[:tag][@digest], such as registry.example.com:5000/team/image:1.0.0"
# A code point of Unicode, of which Font Awesome uses private ones.
_CODE = re.compile(r"[0-9a-fA-F]{1,6}")


def check_registration(fields: Mapping[str, Any]) -> Report:
    """Check ``docker_image`` and ``icon_code`` of a registration, each if it is there.

    Error: INVALID_DOCKER_IMAGE. Warning: INVALID_ICON_CODE.
    """
    return Report.of(errors=_invalid_image(fields), warnings=_invalid_icon_code(fields))


def _invalid_image(fields: Mapping[str, Any]) -> Iterator[Finding]:
    if "docker_image" not in fields:
        return
    image = fields["docker_image"]
    try:
        if not isinstance(image, str):
            raise ImageReferenceError(f"it is {kind(image)}")
        ImageReference.parse(image)
    except ImageReferenceError as error:
        yield Finding.at(
            ("docker_image",), "INVALID_DOCKER_IMAGE", f"no image reference, because {error}. It would be {_SHAPE}"
        )


def _invalid_icon_code(fields: Mapping[str, Any]) -> Iterator[Finding]:
    code = fields.get("icon_code")
    if code is not None and not (isinstance(code, str) and _CODE.fullmatch(code)):
        sentence = f"{quoted(code)} is not the hexadecimal code of an icon of Font Awesome, such as f013"
        yield Finding.at(("icon_code",), "INVALID_ICON_CODE", sentence)
