"""The URLs of recipe types."""

from django.urls import path

from recipes import views

urlpatterns = [
    path("recipe-types/", views.RecipeTypeViewSet.as_view({"get": "list", "post": "create"}), name="recipe-types"),
    path("recipe-types/validation/", views.RecipeTypeValidationView.as_view(), name="recipe-type-validation"),
    path(
        "recipe-types/<segment:name>/",
        views.RecipeTypeDetailsViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="recipe-type-details",
    ),
    path(
        "recipe-types/<segment:name>/revisions/",
        views.RecipeTypeRevisionViewSet.as_view({"get": "list"}),
        name="recipe-type-revisions",
    ),
    path(
        "recipe-types/<segment:name>/revisions/<number:revision_num>/",
        views.RecipeTypeRevisionViewSet.as_view({"get": "retrieve"}),
        name="recipe-type-revision",
    ),
]
