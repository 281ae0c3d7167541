"""Definitions of recipe types: valid ones validate, and nothing raises."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seed import (
    InputFile,
    InputJson,
    Interface,
    check_definition,
    complete_definition,
    difference,
    nodes_of,
    references_of,
)
from seed.manifest import OutputFile, OutputJson

TYPES = ["image/tiff", "image/png", "text/plain"]


@st.composite
def valid_definitions(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """A definition whose nodes are fed by the recipe or by nodes before them, and what its job types take."""
    known: dict[tuple[str, ...], dict[int, Interface]] = {}
    nodes: dict[str, Any] = {}
    inputs: dict[str, Any] = {"files": [], "json": []}
    outputs: list[tuple[str, OutputFile]] = []
    yes_or_no: Any = st.booleans()
    for number in range(draw(st.integers(1, 6))):
        node: dict[str, Any] = {"dependencies": [], "input": {}}
        takers = []
        for place in range(draw(st.integers(0, 3))):
            media_type = draw(st.sampled_from(TYPES))
            givers = [(name, one) for name, one in outputs if one.media_type == media_type]
            takers.append(InputFile(f"in{place}", draw(yes_or_no), (media_type,), True, False))
            if givers and draw(yes_or_no):
                name, giver = draw(st.sampled_from(givers))
                node["input"][f"in{place}"] = {"type": "dependency", "node": name, "output": giver.name}
                if {"name": name} not in node["dependencies"]:
                    node["dependencies"].append({"name": name})
            elif takers[-1].required or draw(yes_or_no):
                own = f"file{number}-{place}"
                inputs["files"].append({"name": own, "mediaTypes": [media_type]})
                node["input"][f"in{place}"] = {"type": "recipe", "input": own}
        made = [
            OutputFile(f"out{place}", "*", draw(st.sampled_from(TYPES)), draw(yes_or_no), True)
            for place in range(draw(st.integers(0, 2)))
        ]
        if outputs and draw(yes_or_no):
            nodes[f"condition{number}"] = draw(conditions(*draw(st.sampled_from(outputs))))
            node["dependencies"].append({"name": f"condition{number}", "acceptance": draw(yes_or_no)})
        outputs += [(f"node{number}", one) for one in made]
        revision = draw(st.integers(1, 3))
        known[f"job{number}", "1.0.0"] = {revision: Interface(tuple(takers), (), tuple(made), ())}
        node["node_type"] = {
            "node_type": "job",
            "job_type_name": f"job{number}",
            "job_type_version": "1.0.0",
            "job_type_revision": revision,
        }
        nodes[f"node{number}"] = node
    order = draw(st.permutations(list(nodes)))
    return {"input": inputs, "nodes": {name: nodes[name] for name in order}}, known


@st.composite
def conditions(draw: st.DrawFn, source: str, output: OutputFile) -> dict[str, Any]:
    """A condition that looks at one output of a node."""
    words = st.text(max_size=5)
    value: Any = st.dictionaries(words, st.integers(), max_size=2)
    kind, condition, values = draw(
        st.sampled_from(["filename", "media-type", "data-type"]).flatmap(
            lambda name: st.tuples(
                st.just(name),
                st.sampled_from(["==", "!=", "in", "not in", "contains"]),
                st.lists(words, max_size=3),
            )
        )
        | st.tuples(
            st.just("meta-data"), st.sampled_from(["subset of", "superset of"]), st.lists(value, max_size=2)
        )
    )
    return {
        "dependencies": [{"name": source}],
        "input": {"x": {"type": "dependency", "node": source, "output": output.name}},
        "node_type": {
            "node_type": "condition",
            "interface": {"files": [{"name": "x", "required": output.required, "multiple": output.multiple}]},
            "data_filter": {"filters": [{"name": "x", "type": kind, "condition": condition, "values": values}]},
        },
    }


@given(valid_definitions())
def test_a_valid_definition_always_validates(case: tuple[dict[str, Any], Any]) -> None:
    definition, known = case
    assert check_definition(definition, known).errors == ()
    kinds = [item["node_type"]["node_type"] for item in definition["nodes"].values()]
    assert len(references_of(definition)) == kinds.count("job")


@given(valid_definitions())
def test_a_complete_definition_is_as_valid_and_means_the_same(case: tuple[dict[str, Any], Any]) -> None:
    definition, known = case
    complete = complete_definition(definition)
    assert complete_definition(complete) == complete
    assert check_definition(complete, known) == check_definition(definition, known)
    assert list(nodes_of(complete)) == list(nodes_of(definition))
    assert Interface.of_definition(complete) == Interface.of_definition(definition)


@given(valid_definitions())
def test_a_definition_does_not_differ_from_itself_and_differs_from_none(case: tuple[dict[str, Any], Any]) -> None:
    complete = complete_definition(case[0])
    for old, status in ((complete, "UNCHANGED"), ({**complete, "nodes": {}}, "NEW")):
        diff = difference(old, complete)
        assert {node["status"] for node in diff["nodes"].values()} == {status}
        assert diff["can_be_reprocessed"]
        assert diff["nodes"].keys() == complete["nodes"].keys()


@given(valid_definitions(), st.data())
def test_a_circle_is_always_found(case: tuple[dict[str, Any], Any], data: st.DataObject) -> None:
    definition, known = case
    names = data.draw(st.permutations(list(definition["nodes"])))
    for name, following in zip(names, [*names[1:], names[0]], strict=True):
        definition["nodes"][name]["dependencies"].append({"name": following})
    assert "CIRCULAR_DEPENDENCY" in {found.name for found in check_definition(definition, known).errors}


_WORDS = """
    condition interface data_filter filters values fields all all_fields all_files version media_types mediaTypes
    acceptance required multiple filename number string object meta-data array
    nodes input files json dependencies name node_type job recipe type node output a job_type_name job_type_version
    job_type_revision recipe_type_name recipe_type_revision
"""
WORDS = st.sampled_from(_WORDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


@given(JSON | st.fixed_dictionaries({"nodes": st.dictionaries(WORDS | st.text(), JSON)}))
def test_nothing_that_is_sent_raises(document: Any) -> None:
    references_of(document)
    for found in check_definition(document, {}).errors:
        assert found.description.isprintable()


def test_a_chain_of_a_thousand_nodes_is_valid() -> None:
    interface = Interface((), (InputJson("x", "integer", True),), (), (OutputJson("y", "integer", None, True),))
    node_type = {"node_type": "job", "job_type_name": "a", "job_type_version": "1.0.0", "job_type_revision": 1}
    nodes = {
        f"n{number}": {
            "dependencies": [{"name": f"n{number - 1}"}] if number else [],
            "input": {"x": {"type": "dependency", "node": f"n{number - 1}", "output": "y"}}
            if number
            else {"x": {"type": "recipe", "input": "x"}},
            "node_type": node_type,
        }
        for number in reversed(range(1_000))
    }
    definition = {"input": {"json": [{"name": "x", "type": "integer"}]}, "nodes": nodes}
    assert check_definition(definition, {("a", "1.0.0"): {1: interface}}).is_valid
