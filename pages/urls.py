"""URLs of the pages. The navigation shows those that ``pages.navigation`` names as soon as they are here."""

from django.urls import path

from pages.views.dashboard import DashboardPage
from pages.views.look import look

app_name = "pages"

urlpatterns = [
    path("", DashboardPage.as_view(), name="dashboard"),
    path("look/", look, name="look"),
]
