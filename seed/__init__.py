"""Seed manifests, v6 job configurations and recipe definitions, read and checked without Django or a database."""

from seed.configuration import (
    DEFAULT_PRIORITY,
    check_configuration,
    clear_settings,
    complete_configuration,
    output_workspace,
    overlay_configuration,
    usable_configuration,
)
from seed.data import check_input, check_output_files, is_of_type
from seed.documents import (
    LONGEST_TEXT,
    MAX_DEPTH,
    MOST_MEMBERS,
    MOST_PARTS,
    DocumentError,
    check_document,
    number_of_parts,
    parse_document,
)
from seed.findings import MOST_COUNTED, MOST_FINDINGS, Finding, Report, json_pointer, shown
from seed.images import ImageReference, ImageReferenceError, pinned_image
from seed.labels import Decoded, Encoding, decode_manifest
from seed.lines import lines_of
from seed.manifest import (
    InputFile,
    InputJson,
    Maintainer,
    Manifest,
    ManifestError,
    Mount,
    OutputFile,
    OutputJson,
    Resource,
    Setting,
    object_in,
)
from seed.manifest_diff import KINDS, MOST_CHANGES, Change, InterfaceChange, interface_changes, revision_changes
from seed.manifest_rules import RESERVED_NAMES, check_manifest
from seed.recipe import (
    Condition,
    Dependency,
    Interface,
    JobReference,
    Node,
    RecipeReference,
    Reference,
    complete_definition,
    nodes_of,
    reference_of,
    without_circles,
)
from seed.recipe_diff import difference
from seed.recipe_rules import check_changed_nodes, check_definition, nodes_around, references_of
from seed.registration import check_registration
from seed.versions import is_semantic_version, precedence_key
from seed.wording import nearest_names, shortened
from seed.workspace import MASK, broker_of, check_workspace, credentials_of, mask_credentials
