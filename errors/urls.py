"""The URLs of errors."""

from django.urls import path

from errors import views

urlpatterns = [
    path("errors/", views.ErrorViewSet.as_view({"get": "list"}), name="errors"),
    path("errors/<number:pk>/", views.ErrorViewSet.as_view({"get": "retrieve"}), name="error-details"),
]
