"""The URLs of recipe types."""

from rest_framework.routers import SimpleRouter

from recipes import views

router = SimpleRouter(use_regex_path=False)
router.register("recipe-types", views.RecipeTypeViewSet, "recipe-types")
router.register("recipe-types", views.RecipeTypeDetailsViewSet, "recipe-type")
router.register("recipe-types/<segment:name>/revisions", views.RecipeTypeRevisionViewSet, "recipe-type-revisions")
