"""HTTP for job types: names, lists, versions, details, revisions; register, edit, validate."""

from functools import partial
from typing import Any, cast

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.views import CatalogueMixin, repeatable, revision_for
from core.api.bodies import report_on_body, require_valid_body
from core.api.conditional import seen_by_editor, tagged, unless_seen
from core.api.filters import require_valid
from core.api.openapi import ReportSerializer
from core.api.permissions import ReadersRead
from core.api.query import query_parameters
from core.api.views import ApiViewSet
from core.entity_tags import tag_of_rows
from core.services import Written
from job_types import selectors, services
from job_types.changes import CHECKED
from job_types.differences import get_difference
from job_types.filters import (
    DifferenceFilterSet,
    JobTypeFilterSet,
    JobTypeNameFilterSet,
    JobTypeVersionFilterSet,
)
from job_types.imports import read_image
from job_types.models import JobType, JobTypeRevision
from job_types.querysets import LIST_COLUMNS, REVISION_COLUMNS, JobTypeQuerySet
from job_types.rights import require_right_to_edit
from job_types.serializers import (
    DifferenceSerializer,
    EditBody,
    EditedSerializer,
    ImportBody,
    JobTypeDetailsSerializer,
    JobTypeNameSerializer,
    JobTypeRevisionDetailsSerializer,
    JobTypeRevisionSerializer,
    JobTypeSerializer,
    RegisteredSerializer,
    RegistrationBody,
    ValidationBody,
)

_LINKS = {
    "job_types_versions_list": ["name"],
    "job_types_retrieve": ["name", "version"],
    "job_types_partial_update": ["name", "version"],
    "job_types_revisions_list": ["name", "version"],
    "job_types_revisions_retrieve": ["name", "version", "revision_num"],
}


@extend_schema_view(list=extend_schema(summary="List the names of job types"))
class JobTypeNameViewSet(CatalogueMixin, ApiViewSet[JobType]):
    """A name is listed if one of its versions passes all filters; its row describes them all."""

    queryset = JobType.objects.as_names()
    serializer_class = JobTypeNameSerializer
    filterset_class = JobTypeNameFilterSet


@extend_schema_view(list=extend_schema(summary="List job types"))
class JobTypeViewSet(CatalogueMixin, ApiViewSet[JobType]):
    """All versions of all job types."""

    conditional = ("GET", "POST")
    links = {"create": _LINKS, "import_image": _LINKS}
    bodies = {"create": RegistrationBody, "import_image": ImportBody}
    queryset = JobType.objects.values(*LIST_COLUMNS)
    serializer_class = JobTypeSerializer
    filterset_class = JobTypeFilterSet

    @extend_schema(
        summary="Register a Seed image",
        responses={
            201: OpenApiResponse(RegisteredSerializer, "Registered; `Location` is the URL of its details."),
            200: OpenApiResponse(EditedSerializer, "This name and version existed, and was edited."),
        },
    )
    def create(self, request: Request) -> Response:
        """A name and version that exists already is edited with the given fields, as PATCH does."""
        body = RegistrationBody(data=request.data)
        require_valid_body(body, documents=CHECKED, check=services.validate_job_type)
        return _registered(request, services.register_job_type(fields=body.changes, seen=seen_by_editor(request)))

    @extend_schema(
        operation_id="job_types_import",
        summary="Import a Seed image from its registry",
        responses={
            201: OpenApiResponse(RegisteredSerializer, "Registered; `Location` is the URL of its details."),
            200: OpenApiResponse(
                PolymorphicProxySerializer("Imported", [EditedSerializer, ReportSerializer], None),
                "This name and version existed, and was edited; or, with `dry_run`, what was found.",
            ),
        },
    )
    @action(detail=False, methods=["post"], url_path="import")
    def import_image(self, request: Request) -> Response:
        """The manifest in a label of the image is registered, as a POST to the list does it.

        The registry has to be one of the setting IMAGE_REGISTRIES. `docker_image` is the reference as it is sent,
        and `docker_image_digest` the digest that it has now: jobs run that, until the image is imported again. What
        is wrong with the image, or with its registry, is a finding on `image`.
        """
        body = ImportBody(data=request.data)
        require_valid_body(body, documents=("configuration", "icon_code"), check=services.validate_job_type)
        choices = body.changes
        image, is_dry_run = choices.pop("image"), choices.pop("dry_run", False)
        fields: Any = {**choices, **read_image(image)}
        if is_dry_run:
            return Response(services.validate_job_type(**fields).as_dict())
        return _registered(request, services.register_job_type(fields=fields, seen=seen_by_editor(request)))

    @extend_schema(
        operation_id="job_types_validate", summary="Validate a job type", responses={200: ReportSerializer}
    )
    @action(
        detail=False,
        methods=["post"],
        serializer_class=ValidationBody,
        permission_classes=[ReadersRead],
        conditional=(),
    )
    def validation(self, request: Request) -> Response:
        """All who may read may validate. What is valid here, and nothing else, can be registered."""
        body = ValidationBody(data=request.data)
        report = report_on_body(body, documents=CHECKED, check=services.validate_job_type)
        return Response(report.as_dict())


@extend_schema_view(
    list=extend_schema(operation_id="job_types_versions_list", summary="List the versions of a job type")
)
class JobTypeVersionViewSet(CatalogueMixin, ApiViewSet[JobType]):
    """The versions of one name, newest first."""

    serializer_class = JobTypeSerializer
    filterset_class = JobTypeVersionFilterSet
    queryset = JobType.objects.newest_version_first().values(*LIST_COLUMNS)

    def get_queryset(self) -> JobTypeQuerySet:
        return cast(JobTypeQuerySet, super().get_queryset()).filter(name=self.kwargs.get("name"))


class JobTypeDetailsViewSet(ApiViewSet[JobType]):
    """One job type."""

    bodies = {"partial_update": EditBody}
    conditional = ("GET", "PATCH")
    queryset = JobType.objects.all()
    serializer_class = JobTypeDetailsSerializer
    lookup_field = "version"
    lookup_value_converter = "segment"
    filter_backends = []
    pagination_class = None

    @extend_schema(summary="Show one job type")
    def retrieve(self, request: Request, name: str, version: str) -> Response:
        """The whole job type, with its manifest, and its configuration without the secrets."""
        unless_seen(request, partial(selectors.entity_tag, name=name, version=version))
        revision = revision_for(request)
        row = selectors.get_details(name=name, version=version)
        headers = tagged(request, tag_of_rows(row, row["recipe_types"]))
        return repeatable(Response(JobTypeDetailsSerializer(row).data, headers=headers), revision)

    @extend_schema(summary="Edit a job type", responses={200: EditedSerializer})
    def partial_update(self, request: Request, name: str, version: str) -> Response:
        """A field that is absent, or has the value that it is set to, stays as it is."""
        require_right_to_edit(request.user, name=name, version=version)
        body = EditBody(data=request.data)
        check = partial(services.validate_edit, name=name, version=version)
        require_valid_body(body, documents=CHECKED, check=check)
        written = services.edit_job_type(
            name=name, version=version, fields=body.changes, shown=body.shown, seen=seen_by_editor(request)
        )
        return _edited(request, written)


@extend_schema_view(
    list=extend_schema(summary="List the revisions of a job type"),
    retrieve=extend_schema(summary="Show one revision of a job type"),
)
class JobTypeRevisionViewSet(CatalogueMixin, ApiViewSet[JobTypeRevision]):
    """What a job type was, revision by revision."""

    queryset = JobTypeRevision.objects.order_by("-revision_num").values(*REVISION_COLUMNS)
    lookup_field = "revision_num"
    lookup_value_converter = "number"
    filter_backends = []

    def get_serializer_class(self) -> type[JobTypeRevisionSerializer]:
        return JobTypeRevisionSerializer if self.action == "list" else JobTypeRevisionDetailsSerializer

    def list(self, request: Request, name: str, version: str) -> Response:
        """Newest first."""
        job_type = selectors.get_job_type(name=name, version=version)
        page = self.page_of(lambda: self.queryset.of(name=name, version=version))
        rows = [{**row, "job_type": job_type} for row in page]
        return self.get_paginated_response(JobTypeRevisionSerializer(rows, many=True).data)

    def retrieve(self, request: Request, name: str, version: str, revision_num: int) -> Response:
        """The manifest and the Docker image as they were."""
        row = selectors.get_revision(name=name, version=version, revision_num=revision_num)
        return Response(JobTypeRevisionDetailsSerializer(row).data)


class JobTypeDifferenceViewSet(CatalogueMixin, ApiViewSet[JobTypeRevision]):
    """How revisions of a job type differ."""

    queryset = JobTypeRevision.objects.all()
    serializer_class = DifferenceSerializer
    filterset_class = DifferenceFilterSet
    pagination_class = None

    @extend_schema(
        operation_id="job_types_diff", summary="Compare two revisions", responses={200: DifferenceSerializer}
    )
    def list(self, request: Request, name: str, version: str) -> Response:
        """What the new revision changed of the old one, and what it would mean to the recipe types."""
        filterset = require_valid(DifferenceFilterSet(data=query_parameters(request), queryset=self.queryset))
        chosen = filterset.form.cleaned_data
        difference = get_difference(
            name=name,
            version=version,
            old=chosen["from"],
            new=chosen["to"],
            old_version=chosen["from_version"],
        )
        return Response(DifferenceSerializer(difference).data)


def _registered(request: Request, written: Written[JobType]) -> Response:
    if not written.created:
        return _edited(request, written)
    key = {"name": written.instance.name, "version": written.instance.version}
    location = {"Location": request.build_absolute_uri(reverse("job-type-detail", kwargs=key))}
    # A job type that was not there a moment ago is a member of no recipe type.
    columns = {column: getattr(written.instance, column) for column in selectors.DETAIL_COLUMNS}
    warnings = written.report.as_dict()["warnings"]
    shown = RegisteredSerializer({**columns, "recipe_types": [], "warnings": warnings}).data
    return Response(shown, status=201, headers=location | tagged(request, written.tag))


def _edited(request: Request, written: Written[JobType]) -> Response:
    job_type = written.instance
    shown = {"name": job_type.name, "version": job_type.version, "revision_num": job_type.revision_num}
    return Response({**written.report.as_dict(), **shown}, headers=tagged(request, written.tag))
