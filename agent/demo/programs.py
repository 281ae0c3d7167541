"""Programs of this machine for images: each with the libraries that it needs, so that no registry is asked."""

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

# Such as `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`, or the loader, a path alone.
_LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x[0-9a-f]+\)")


class NoProgram(Exception):
    """A program that this machine does not have; the text is a sentence for a person."""


def root_of(programs: Iterable[str], files: Mapping[str, str]) -> bytes:
    """Return a root file system as a tar archive: programs by name, in ``/bin``, and executable texts by path.

    Raises NoProgram.
    """
    contents = {path: text.encode() for path, text in files.items()}
    for name in programs:
        found = shutil.which(name)
        if found is None:
            raise NoProgram(f"this machine has no program {name}")
        contents[f"/bin/{name}"] = Path(found).read_bytes()
        for library in libraries_of(found):
            contents[library] = Path(library).read_bytes()
    # An engine may give folders that are not listed to root alone.
    folders = {str(parent) for path in contents for parent in Path(path).parents[:-1]}
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, mode in [*((folder, 0o755) for folder in sorted(folders)), ("/tmp", 0o1777)]:  # noqa: S108
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            archive.addfile(entry)
        for path, content in contents.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def libraries_of(program: str) -> list[str]:
    """Return the paths of the libraries that a program is linked to, none for one that is linked to none.

    ``ldd`` may run what it looks at: give it nothing but programs of the system.
    """
    try:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except OSError as error:
        raise NoProgram("this machine has no program ldd") from error
    return _LIBRARY.findall(listed.stdout)
