"""The lines of a JSON text to which pointers lead; tests/pages/test_listings.py has more of them, in a listing."""

from seed import lines_of


def test_places_in_an_array_have_lines() -> None:
    assert lines_of('[\n{"a": 1,\n"b": [\n2]}\n]', ["/0/b/0", "/0/a", "/0/c", "/1", ""]) == {
        "/0/b/0": 4,
        "/0/a": 2,
        "/0/c": 2,
    }


def test_a_text_that_is_no_json_has_the_line_of_its_fault() -> None:
    assert lines_of("{\n\n'a'}", ["/a", ""]) == {"": 3}


def test_scalars_and_repeated_members_have_no_lines() -> None:
    assert lines_of('"a"', [""]) == {}
    assert lines_of('{"a": 1, "a": 2}', ["/a"]) == {}
