"""Products: the files that a try left in workspaces, and that the report that completes its job registers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from core.services import Refused
from files.models import DIGEST_LENGTH, LONGEST_TEXT
from files.paths import fault_of_name, fault_of_path
from files.services import Product
from job_types.models import JobTypeRevision
from jobs.models import Job, JobExecution
from seed import Manifest, check_output_files, output_workspace, overlay_configuration
from seed.wording import quoted
from workspaces.models import Workspace

_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_LENGTH}}}")
# The field at fault, the name of the finding, and what is wrong.
_Fault = tuple[str, str, str]


class ReportedFile(TypedDict):
    """A file as a node reports it."""

    output: str
    workspace: str
    file_path: str
    file_size: int
    sha256: str
    file_name: NotRequired[str]  # by default the last part of the path
    media_type: NotRequired[str]  # by default that of the output
    uuid: NotRequired[UUID]
    meta_data: NotRequired[dict[str, Any]]
    data_started: NotRequired[datetime | None]
    data_ended: NotRequired[datetime | None]


def product_path(name: str, version: str, job_id: int, exe_num: int) -> str:
    """Return the folder below which a try stores its products, in each of its workspaces; no other try has it."""
    return f"{name}/{version}/{job_id}/{exe_num}"


@dataclass(frozen=True, slots=True)
class Completions:
    """What it takes to hold the files that are reported against the jobs that they are of."""

    manifests: Mapping[int, Manifest]  # by the id of the revision
    configurations: Mapping[int, dict[str, Any]]  # by the id of the job
    workspaces: Mapping[str, Workspace]

    @classmethod
    def of_reports(cls, reports: Iterable[tuple[Job, Sequence[ReportedFile]]]) -> "Completions":
        """Read what the jobs of ``reports`` say of the files that are reported of them: three queries, or none."""
        jobs = {job.pk: job for job, files in reports if files}
        if not jobs:
            return cls({}, {}, {})
        names = {file["workspace"] for _, files in reports for file in files}
        revisions = JobTypeRevision.objects.filter(pk__in={job.job_type_rev_id for job in jobs.values()})
        columns = ("pk", "job_type_configuration__configuration", "configuration")
        return cls(
            {pk: Manifest.read(manifest) for pk, manifest in revisions.values_list("pk", "manifest")},
            {
                pk: overlay_configuration(frozen, own)
                for pk, frozen, own in Job.objects.filter(pk__in=jobs).values_list(*columns)
            },
            {one.name: one for one in Workspace.objects.filter(name__in=names).only("name", "deprecated")},
        )

    def products(self, one: JobExecution, job: Job, files: Sequence[ReportedFile]) -> list[Product]:
        """Return the ``files`` that the try ``one`` of ``job`` left behind, to be registered.

        Raises Refused with what is wrong first, by the place below the change.
        """
        if one.pk is None:
            sentence = "the try began in this request: what it left behind is reported in a later one"
            raise Refused.because("TRY_TOO_NEW", sentence, "/files")
        manifest = self.manifests[job.job_type_rev_id]
        for finding in check_output_files([file["output"] for file in files], manifest).errors:
            raise _refusal(int(finding.path[1:]), "output", finding.name, finding.description)
        below = product_path(job.job_type.name, job.job_type.version, job.pk, one.exe_num)
        media_types = {output.name: output.media_type for output in manifest.output_files}
        whole: list[ReportedFile] = [
            {
                "file_name": file["file_path"].rpartition("/")[2],
                "media_type": media_types[file["output"]],
                **file,
            }
            for file in files
        ]
        for index, file in enumerate(whole):
            for field, name, sentence in chain(self._faults_of_workspace(one, file), _faults(file, below)):
                raise _refusal(index, field, name, sentence)
        return [self._product(one, file) for file in whole]

    def _faults_of_workspace(self, one: JobExecution, file: ReportedFile) -> Iterator[_Fault]:
        expected = output_workspace(self.configurations[one.job_id], file["output"])
        found = self.workspaces.get(expected)
        if not expected:
            sentence = f"the configuration of the job names no workspace for the output {quoted(file['output'])}"
            yield "workspace", "MISSING_WORKSPACE", sentence
        elif file["workspace"] != expected:
            sentence = f"the output {quoted(file['output'])} of this job goes to the workspace {expected}"
            yield "workspace", "INVALID_WORKSPACE", sentence
        elif found is None:
            yield "workspace", "INVALID_WORKSPACE", f"there is no workspace {expected}"
        # What a node stored there before is not lost.
        elif found.deprecated and found.deprecated <= one.started:
            sentence = f"the workspace {expected} was deprecated before the try began"
            yield "workspace", "DEPRECATED_WORKSPACE", sentence

    def _product(self, one: JobExecution, file: ReportedFile) -> Product:
        return Product(
            job_id=one.job_id,
            exe_num=one.exe_num,
            output=file["output"],
            workspace_id=self.workspaces[file["workspace"]].pk,
            file_path=file["file_path"],
            file_name=file["file_name"],
            media_type=file["media_type"],
            file_size=file["file_size"],
            sha256=file["sha256"].lower(),
            uuid=file.get("uuid"),
            meta_data=file.get("meta_data", {}),
            data_started=file.get("data_started"),
            data_ended=file.get("data_ended"),
        )


def conflicts(refused: Refused, places: Sequence[tuple[int, int]]) -> dict[int, Refused]:
    """Return for the places of changes why their products cannot be registered, as ``register_products`` says it.

    ``places`` are those of the change and of the file in it, for each product that was to be registered.
    """
    found: dict[int, Refused] = {}
    for finding in refused.report.errors:
        product, field = finding.path[1:].split("/")
        change, index = places[int(product)]
        sentence = finding.description.removeprefix(f"{field}: ").removesuffix(".")
        found.setdefault(change, _refusal(index, field, finding.name, sentence))
    return found


def _faults(file: ReportedFile, below: str) -> Iterator[_Fault]:
    """Yield what is wrong with what is reported of a file that has to lie below the folder ``below``."""
    begin, end = file.get("data_started"), file.get("data_ended")
    if fault := fault_of_path(file["file_path"]):
        yield "file_path", "INVALID_FIELD", fault.removesuffix(".")
    elif not file["file_path"].startswith(f"{below}/"):
        yield "file_path", "INVALID_FIELD", f"must lie below {below}/, the product_path of this try"
    if fault := fault_of_name(file["file_name"]):
        yield "file_name", "INVALID_FIELD", fault.removesuffix(".")
    if not _DIGEST.fullmatch(file["sha256"].lower()):
        yield "sha256", "INVALID_FIELD", f"must have {DIGEST_LENGTH} hexadecimal digits"
    if file["file_size"] < 0:
        yield "file_size", "INVALID_FIELD", "must not be negative"
    if begin and end and end < begin:
        yield "data_ended", "INVALID_FIELD", "must not be before data_started"
    for field, text in (("output", file["output"]), ("media_type", file["media_type"])):
        if len(text) > LONGEST_TEXT or not text.isprintable():
            yield field, "INVALID_FIELD", f"must have at most {LONGEST_TEXT} characters, all of them printable"


def _refusal(index: int, field: str, name: str, sentence: str) -> Refused:
    return Refused.because(name, f"files[{index}].{field}: {sentence}", f"/files/{index}/{field}")
