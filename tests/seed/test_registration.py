"""What a registration holds beside its documents."""

import pytest

from seed import Report, check_registration
from tests.seed.factories import errors, warnings

SHAPE = "[registry[:port]/]path[:tag][@digest], such as registry.example.com:5000/team/image:1.0.0"


@pytest.mark.parametrize("fields", [{}, {"docker_image": "a:1", "icon_code": "f013"}, {"icon_code": None}])
def test_what_is_right_or_absent_is_not_found(fields):
    assert check_registration({**fields, "max_scheduled": "any"}) == Report()


@pytest.mark.parametrize(
    ("image", "reason"),
    [("x y:1", "it has white space"), ("", "a component of its path is empty"), (7, "it is a number")],
)
def test_an_image_that_no_registry_could_have_is_an_error_that_says_what_is_right(image, reason):
    sentence = f"docker_image: no image reference, because {reason}. It would be {SHAPE}"
    assert check_registration({"docker_image": image}) == errors(
        ("INVALID_DOCKER_IMAGE", "/docker_image", sentence)
    )


@pytest.mark.parametrize(("code", "quoted"), [("fa-gear", "'fa-gear'"), ("", "''"), ("0x1", "'0x1'"), (7, "7")])
def test_an_icon_code_that_is_not_hexadecimal_is_warned_of(code, quoted):
    sentence = f"icon_code: {quoted} is not the hexadecimal code of an icon of Font Awesome, such as f013"
    assert check_registration({"icon_code": code}) == warnings(("INVALID_ICON_CODE", "/icon_code", sentence))
