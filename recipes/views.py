"""HTTP for recipe types: list, register, read, edit, validate, and the revisions."""

from functools import partial
from typing import Any, cast

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.views import CatalogueMixin, repeatable, revision_for
from core.api.bodies import require_valid_body
from core.api.conditional import seen_by_editor, tagged, unless_seen
from core.api.permissions import ReadersRead
from core.api.views import ApiViewSet
from recipes import selectors, services
from recipes.filters import RecipeTypeFilterSet
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.querysets import LIST_COLUMNS, REVISION_COLUMNS
from recipes.serializers import (
    CheckedRecipeTypeSerializer,
    EditedRecipeTypeSerializer,
    RecipeTypeDetailsSerializer,
    RecipeTypeEditBody,
    RecipeTypeRegistrationBody,
    RecipeTypeRevisionDetailsSerializer,
    RecipeTypeRevisionSerializer,
    RecipeTypeSerializer,
    RegisteredRecipeTypeSerializer,
)
from seed import Report


@extend_schema_view(list=extend_schema(summary="List recipe types"))
class RecipeTypeViewSet(CatalogueMixin, ApiViewSet[RecipeType]):
    """All recipe types."""

    links = {
        "create": {
            "recipe_types_retrieve": ["name"],
            "recipe_types_partial_update": ["name"],
            "recipe_types_revisions_list": ["name"],
            "recipe_types_revisions_retrieve": ["name", "revision_num"],
        }
    }
    bodies = {"create": RecipeTypeRegistrationBody}
    queryset = RecipeType.objects.values(*LIST_COLUMNS)
    serializer_class = RecipeTypeSerializer
    filterset_class = RecipeTypeFilterSet

    def list(self, request: Request) -> Response:
        # No docstring: the API document describes a list by the docstring of its view.
        revision = self.revision or revision_for(request)
        page = self.page_of(lambda: self.filter_queryset(self.get_queryset()))
        rows = selectors.with_members(page, revision=revision)
        return self.get_paginated_response(RecipeTypeSerializer(rows, many=True).data)

    @extend_schema(
        summary="Register a recipe type",
        responses={
            201: OpenApiResponse(RegisteredRecipeTypeSerializer, "Registered; `Location` is its URL."),
            200: OpenApiResponse(EditedRecipeTypeSerializer, "This name existed, and was edited."),
        },
    )
    def create(self, request: Request) -> Response:
        """A name that exists already is edited with the given fields, as PATCH does.

        Without a name, one is made of the title, with a number behind it if it exists.
        """
        body = RecipeTypeRegistrationBody(data=request.data)
        require_valid_body(body, documents=["definition"], check=_findings)
        written = services.register_recipe_type(fields=body.changes)
        if not written.created:
            return _edited(request, written)
        key = {"name": written.instance.name}
        location = {"Location": request.build_absolute_uri(reverse("recipe-type-detail", kwargs=key))}
        warnings = written.report.as_dict()["warnings"]
        shown = RegisteredRecipeTypeSerializer({**selectors.get_details(**key), "warnings": warnings}).data
        return Response(shown, status=201, headers=location | tagged(request, written.tag))

    @extend_schema(
        operation_id="recipe_types_validate",
        summary="Validate a recipe type",
        responses={200: CheckedRecipeTypeSerializer},
    )
    @action(
        detail=False,
        methods=["post"],
        serializer_class=RecipeTypeRegistrationBody,
        permission_classes=[ReadersRead],
    )
    def validation(self, request: Request) -> Response:
        """All who may read may validate. A definition is valid here if and only if it can be registered.

        With a name, it is also compared with the definition that the recipe type of this name has.
        """
        body = RecipeTypeRegistrationBody(data=request.data)
        require_valid_body(body, documents=["definition"], check=_findings)
        checked = services.validate_recipe_type(fields=body.changes)
        return Response({**checked.report.as_dict(), "diff": checked.diff})


class RecipeTypeDetailsViewSet(ApiViewSet[RecipeType]):
    """One recipe type."""

    bodies = {"partial_update": RecipeTypeEditBody}
    conditional = ("GET", "PATCH")
    queryset = RecipeType.objects.all()
    serializer_class = RecipeTypeDetailsSerializer
    lookup_field = "name"
    lookup_value_converter = "segment"
    filter_backends = []
    pagination_class = None

    @extend_schema(summary="Show one recipe type")
    def retrieve(self, request: Request, name: str) -> Response:
        """The whole recipe type, with its definition, what its nodes run, and the recipe types that run it."""
        unless_seen(request, partial(selectors.entity_tag, name=name))
        revision = revision_for(request)
        row = selectors.get_details(name=name)
        headers = tagged(request, selectors.tag_of_details(row))
        return repeatable(Response(RecipeTypeDetailsSerializer(row).data, headers=headers), revision)

    @extend_schema(summary="Edit a recipe type", responses={200: EditedRecipeTypeSerializer})
    def partial_update(self, request: Request, name: str) -> Response:
        """A field that is absent stays as it is; a changed definition makes a new revision."""
        body = RecipeTypeEditBody(data=request.data)
        require_valid_body(body, documents=["definition"], check=partial(_findings, name=name))
        written = services.edit_recipe_type(
            name=name, fields=body.changes, shown=body.shown, seen=seen_by_editor(request)
        )
        return _edited(request, written)


@extend_schema_view(
    list=extend_schema(summary="List the revisions of a recipe type"),
    retrieve=extend_schema(summary="Show one revision of a recipe type"),
)
class RecipeTypeRevisionViewSet(CatalogueMixin, ApiViewSet[RecipeTypeRevision]):
    """What a recipe type was, revision by revision."""

    queryset = RecipeTypeRevision.objects.order_by("-revision_num").values(*REVISION_COLUMNS)
    lookup_field = "revision_num"
    lookup_value_converter = "number"
    filter_backends = []

    def get_serializer_class(self) -> type[RecipeTypeRevisionSerializer]:
        return RecipeTypeRevisionSerializer if self.action == "list" else RecipeTypeRevisionDetailsSerializer

    def list(self, request: Request, name: str) -> Response:
        """Newest first."""
        recipe_type = selectors.get_recipe_type(name=name)
        page = self.page_of(lambda: self.queryset.of(name=name))
        rows = [{**row, "recipe_type": recipe_type} for row in page]
        return self.get_paginated_response(RecipeTypeRevisionSerializer(rows, many=True).data)

    def retrieve(self, request: Request, name: str, revision_num: int) -> Response:
        """The definition as it was."""
        row = selectors.get_revision(name=name, revision_num=revision_num)
        return Response(RecipeTypeRevisionDetailsSerializer(row).data)


def _findings(**fields: Any) -> Report:
    return services.validate_recipe_type(fields=cast(services.RecipeTypeFields, fields)).report


def _edited(request: Request, written: services.WrittenRecipeType) -> Response:
    recipe_type = written.instance
    shown = {"diff": written.diff, "name": recipe_type.name, "revision_num": recipe_type.revision_num}
    return Response({**written.report.as_dict(), **shown}, headers=tagged(request, written.tag))
