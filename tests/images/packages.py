"""``python -m tests.images.packages``: installs what the tests of images need, or says what is missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping

# Program -> the package of Debian that it is in.
PACKAGES = {
    "dockerd": "docker.io",
    "podman": "podman",
    "runc": "runc",
    "docker-registry": "docker-registry",
    "skopeo": "skopeo",
    "busybox": "busybox-static",
}


def missing_of(packages: Mapping[str, str]) -> list[str]:
    """Return the packages, by program, whose programs are not in PATH."""
    return [package for program, package in packages.items() if shutil.which(program) is None]


def install(packages: Mapping[str, str]) -> int:
    """Install the packages, by program, that are missing, and return the exit code: 0 if none is any more."""
    missing = missing_of(packages)
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
        subprocess.run(command, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        missing = missing_of(packages)
    if missing:
        print(f"missing: apt-get install {' '.join(missing)}", file=sys.stderr)
    elif os.geteuid():
        print("an engine of its own is started by root alone: run this as root", file=sys.stderr)
    return 1 if missing or os.geteuid() else 0


if __name__ == "__main__":
    sys.exit(install(PACKAGES))
