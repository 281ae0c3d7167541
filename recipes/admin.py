"""Recipe types in the admin, read as a graph: to watch, deprecate and activate."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.admin import AuditedAdmin
from audit.models import Kind
from core.admin import MarkedFilter, ReadOnlyAdmin, confirmed, document, findings_shown, state
from recipes import services
from recipes.graph import drawing
from recipes.models import RecipeType, RecipeTypeRevision
from recipes.querysets import LIST_COLUMNS


@admin.register(RecipeType)
class RecipeTypeAdmin(AuditedAdmin, ReadOnlyAdmin):
    audit_kind = Kind.RECIPE_TYPE
    list_display = ["name", "title", state, "is_system", "revision_num", "last_modified"]
    list_filter = ["is_active", "is_system", MarkedFilter]
    linked_lookups = ("findings",)
    search_fields = ["name", "title"]
    search_help_text = "Searches names and titles."
    ordering = ["name"]
    actions = ["deprecate", "activate"]
    fieldsets = [
        (None, {"fields": ["name", "title", "description", "is_active", "is_system", "revisions"]}),
        ("Times", {"fields": ["created", "last_modified", "deprecated"]}),
        ("Findings of the rules of today", {"fields": ["findings_text"]}),
        ("Nodes", {"fields": ["graph"]}),
        ("Definition", {"fields": ["definition_text"]}),
    ]
    findings_text = findings_shown
    definition_text = document("definition")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecipeType]:
        """Leave out the definitions, which only the page of one recipe type reads."""
        return super().get_queryset(request).only(*LIST_COLUMNS)

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Return whether the account may deprecate and activate: it needs the right to change recipe types."""
        return request.user.has_perm("recipes.change_recipetype")

    @confirmed()
    @admin.action(description="Deprecate: they are out of use", permissions=["switch"])
    def deprecate(self, request: HttpRequest, recipe_types: QuerySet[RecipeType]) -> None:
        self._switch(request, recipe_types, False, "deprecated")

    @confirmed()
    @admin.action(description="Activate: they are in use again", permissions=["switch"])
    def activate(self, request: HttpRequest, recipe_types: QuerySet[RecipeType]) -> None:
        self._switch(request, recipe_types, True, "activated")

    def _switch(self, request: HttpRequest, recipe_types: QuerySet[RecipeType], is_active: bool, done: str) -> None:
        changed = 0
        for recipe_type in recipe_types:
            if services.switch_recipe_type(name=recipe_type.name, is_active=is_active):
                changed += 1
                self.log_change(request, recipe_type, f"{done.capitalize()}.")
        sentence = f"{changed} recipe type{pluralize(changed)} {done}."
        self.message_user(request, sentence, messages.SUCCESS if changed else messages.INFO)

    def revisions(self, recipe_type: RecipeType) -> SafeString:
        url = f"{reverse('admin:recipes_recipetyperevision_changelist')}?recipe_type__id__exact={recipe_type.pk}"
        return format_html('<a href="{}">{} (read them)</a>', url, recipe_type.revision_num)

    def graph(self, recipe_type: RecipeType) -> SafeString:
        return drawing(recipe_type.definition)


@admin.register(RecipeTypeRevision)
class RecipeTypeRevisionAdmin(ReadOnlyAdmin):
    list_display = ["recipe_type", "revision_num", "created"]
    list_filter = ["recipe_type__is_system"]
    linked_lookups = ("recipe_type__id__exact",)
    search_fields = ["recipe_type__name"]
    search_help_text = "Searches the names of recipe types."
    ordering = ["recipe_type__name", "-revision_num"]
    fields = ["recipe_type", "revision_num", "created", "graph", "definition_text"]
    definition_text = document("definition")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecipeTypeRevision]:
        """Leave out the definitions, which only the page of one revision reads."""
        revisions = super().get_queryset(request).select_related("recipe_type")
        return revisions.defer("recipe_type__definition", "definition")

    def graph(self, revision: RecipeTypeRevision) -> SafeString:
        return drawing(revision.definition)
