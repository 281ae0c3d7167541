"""A manifest as the instruction of a Dockerfile that puts it into the label of an image."""

import json

from seed.sources import LABEL


def label_instruction(manifest: object) -> str:
    r"""Return ``LABEL com.ngageoint.seed.manifest='…'`` for a manifest, any JSON value, in the lines of its JSON.

    Between single quotes Docker takes every character as it is, ``\`` and ``$`` too; only a ``'`` ends them, which
    JSON can write as ``\u0027``. A ``\`` at the end of a line continues it, since Docker refuses lines of more than
    65,535 bytes, which no member of a valid manifest has. https://docs.docker.com/reference/dockerfile/ describes
    both. A Dockerfile whose directive ``escape`` names another character needs that one at the ends of lines.
    """
    lines = json.dumps(manifest, indent=2, ensure_ascii=False).replace("'", r"\u0027").split("\n")
    return f"LABEL {LABEL}='" + " \\\n".join(lines) + "'"
