"""The URL of the audit."""

from django.urls import path

from audit import views

urlpatterns = [path("audit/", views.RecordViewSet.as_view({"get": "list"}), name="audit")]
