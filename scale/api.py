"""HTTP for what the service says of itself and of the account that asks, as Scale's web client reads it."""

from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.bodies import BodySerializer
from core.api.fields import JSONStringField, ObjectField
from core.api.filters import ApiFilterSet, FlagFilter, MomentFilter, TimeRangeForm, applied_by_the_view
from core.api.permissions import ReadersRead
from core.api.views import ApiViewSet
from core.reads.serializers import RowSerializer


class VersionSerializer(RowSerializer):
    """The version of the service."""

    version = serializers.CharField(help_text="The version of the service; `v6` is the name of its API.")


class VersionViewSet(ApiViewSet[User]):
    """The version of the service."""

    permission_classes = [ReadersRead]
    serializer_class = VersionSerializer
    pagination_class = None

    @extend_schema(summary="Show the version of the service")
    def retrieve(self, request: Request) -> Response:
        """That of the program; the API is `v6` in all of its versions."""
        return Response(VersionSerializer({"version": settings.VERSION}).data)


class ProfileSerializer(RowSerializer):
    """What an account sees of itself."""

    id = serializers.IntegerField(help_text="The unique identifier of the account.")
    username = serializers.CharField(help_text="The name that it logs in with.")
    first_name = serializers.SerializerMethodField(help_text="The first name; the username where there is none.")
    last_name = serializers.CharField(help_text="The last name; may be empty.")
    email = serializers.CharField(help_text="The e-mail address; may be empty.")
    is_staff = serializers.BooleanField(help_text="Whether it may use the admin and has the rights of Operators.")
    is_superuser = serializers.BooleanField(help_text="Whether it may do everything.")

    def get_first_name(self, account: User) -> str:
        return account.first_name or account.username


class ProfileViewSet(ApiViewSet[User]):
    """The account that asks."""

    permission_classes = [IsAuthenticated]
    serializer_class = ProfileSerializer
    pagination_class = None

    @extend_schema(summary="Show the account that asks")
    def retrieve(self, request: Request) -> Response:
        """Needs an account, even where reading is public."""
        return Response(ProfileSerializer(request.user).data)


class LoginBody(BodySerializer):
    """The name and the password of an account."""

    username = JSONStringField(max_length=150, help_text="The name of the account.")
    password = JSONStringField(trim_whitespace=False, help_text="Its password.")


@extend_schema(exclude=True)  # a session is for a browser; programs send tokens
class LoginViewSet(ApiViewSet[User]):
    """Logs a browser in, for pages that speak JSON: the session of the login page, with its locks."""

    bodies = {"create": LoginBody}
    permission_classes = [AllowAny]
    serializer_class = ProfileSerializer
    pagination_class = None

    def retrieve(self, request: Request) -> Response:
        """Return the token to send as ``X-CSRFToken``, which is also set as the cookie ``csrftoken``."""
        return Response({"csrf_token": get_token(request._request)})

    def create(self, request: Request) -> Response:
        """Begin a session. Needs the CSRF token without one, too: no other site may log a browser in."""
        credentials = LoginBody.read(request)
        SessionAuthentication().enforce_csrf(request)
        account = authenticate(request._request, **credentials)
        if account is None:
            raise AuthenticationFailed("The username or the password is not correct.")
        login(request._request, account)
        return Response(ProfileSerializer(account).data)


class IngestStatusFilterSet(ApiFilterSet):
    """When files were taken in."""

    started = MomentFilter(method=applied_by_the_view, help_text="The start of the window")
    ended = MomentFilter(method=applied_by_the_view, help_text="The end of the window")
    use_ingest_time = FlagFilter(
        method=applied_by_the_view, help_text="Whether the window is of the time of ingest."
    )

    class Meta:
        form = TimeRangeForm


class IngestStatusSerializer(RowSerializer):
    """What a process took in."""

    strike = ObjectField(help_text="The process.")
    most_recent = serializers.DateTimeField(help_text="When it last took in a file.")
    files = serializers.IntegerField(help_text="The number of files.")
    size = serializers.IntegerField(help_text="Their size, in bytes.")
    values = serializers.ListField(child=ObjectField(), help_text="The files and their size, by hour.")


@extend_schema_view(list=extend_schema(summary="Show what was taken in"))
class IngestStatusViewSet(ListModelMixin, ApiViewSet[User]):
    """What the processes of v6 took in: an empty page, as this service takes in no files by itself."""

    permission_classes = [ReadersRead]
    queryset = User.objects.none()
    serializer_class = IngestStatusSerializer
    filterset_class = IngestStatusFilterSet
