"""The base of all pages: who may see them, what has changed, and how faults and refusals are shown."""

from collections.abc import Mapping
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page as PageOfRows
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views import View
from django_filters.rest_framework import FilterSet
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request

from core.api.exceptions import InvalidParameter
from core.api.filters import require_valid
from core.api.pagination import BoundedPagination
from core.api.query import query_parameters, refuse_unknown, whole_number
from core.encryption import EncryptionError
from core.entity_tags import Stale
from core.http.security import PAGE_POLICY
from core.rights import described
from core.services import Missing, Refused
from seed import Report, shown

_MOST_WARNINGS = 10
_MOST_VALUES = 200  # of query parameters
_STALE = "Somebody else has changed this since it was shown to you. Nothing was saved: look at it again."


class Page(View):
    """A page that shows something.

    ``right`` is the permission that it needs; None where reading is enough, as in the API. ``content`` returns what
    the template shows. ``tag`` returns a text that changes whenever the page would: with one, a browser that asks
    again for a page that is as it was gets a 304.
    """

    template = ""
    right: str | None = None

    def content(self, **kwargs: Any) -> Mapping[str, Any]:
        """Return the context of the template. Raise Missing for what does not exist."""
        return {}

    def tag(self, **kwargs: Any) -> str | None:
        """Return what names the state that the page shows; None where that is not cheaper than the page."""
        return None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if (refusal := self._refusal()) is not None:
            return refusal
        try:
            return super().dispatch(request, *args, **kwargs)
        except Missing as missing:
            raise Http404(str(missing)) from None
        except NotFound as missing:
            raise Http404(str(missing.detail)) from None
        except Refused as refused:
            return self.in_words(str(refused), refused.status)
        except Stale:
            return self.in_words(_STALE, HTTPStatus.PRECONDITION_FAILED)
        except EncryptionError as lost:
            return self.in_words(str(lost), HTTPStatus.SERVICE_UNAVAILABLE)
        except APIException as fault:
            return self.in_words(str(fault.detail), fault.status_code)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        tag = self.tag(**kwargs)
        if tag is None or len(messages.get_messages(request)):  # a message is shown once
            return self.show(self.content(**kwargs))
        seen = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
        response: HttpResponse = (
            HttpResponseNotModified() if f'"{tag}-{self._frame()}"' in seen else self.show(self.content(**kwargs))
        )
        response["ETag"] = f'"{tag}-{self._frame()}"'  # anew: the first page makes the token of its forms
        # A browser takes the headers of a 304 for the page that it has.
        response.content_policy = PAGE_POLICY  # type: ignore[attr-defined]  # for SecurityHeadersMiddleware
        return response

    def _frame(self) -> str:
        """Return what changes with the frame around the content: with the account, the look, or a new login.

        The forms in it hold a token against forgery, which a new login makes invalid.
        """
        request = self.request
        frame = (request.user.pk, request.COOKIES.get("look"), request.META.get("CSRF_COOKIE"))
        return blake2b(repr(frame).encode(), digest_size=6).hexdigest()

    def show(self, content: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """Return the template with ``content``.

        Browsers may keep it, and have to ask whether it is still so. What needs a right is not kept: the button
        that leads back would show it, and what was typed into it, after a logout.
        """
        response = render(self.request, self.template, dict(content), status=status)
        response["Cache-Control"] = "private, no-cache" if self.right is None else "private, no-store"
        patch_vary_headers(response, ["Cookie"])
        return response

    def in_words(self, text: str, status: int) -> HttpResponse:
        """Return a page that says why there is nothing else to see."""
        phrase = HTTPStatus(status).phrase
        return render(self.request, "pages/words.html", {"text": text, "title": phrase}, status=status)

    def may(self, right: str) -> bool:
        """Return whether the account that looks at the page has a permission."""
        return self.request.user.has_perm(right)

    def number(self, parameter: str) -> int | None:
        """Return the whole number in a query parameter; None without one. Raise InvalidParameter."""
        text = query_parameters(Request(self.request)).get(parameter)
        try:
            return None if text is None else whole_number(text)
        except ValueError as error:
            raise InvalidParameter(f"{parameter}: {error}") from None

    def _refusal(self) -> HttpResponseBase | None:
        """Return the answer to an account that may not do what it asks for; None where it may."""
        request, right = self.request, self.right
        if right is None:
            is_allowed = settings.PUBLIC_READ_API or request.user.is_authenticated
        else:
            is_allowed = request.user.has_perm(right)
        if is_allowed:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return self.in_words(lacking(str(right)), HTTPStatus.FORBIDDEN)


class ListPage(Page):
    """A page of rows, which the query parameters of the API's list filter, order and divide.

    The template is given ``page``, a page of Django's paginator, and ``filters``, the form of the FilterSet.
    ``parameters`` are those that the page has beside the filters. ``orders_of_many`` are the columns that a list is
    ordered by for which no index has to be sorted, so that a list of many rows offers no others; None for all.
    """

    filterset_class: type[FilterSet]
    page_size = 50
    parameters: tuple[str, ...] = ()
    orders_of_many: tuple[str, ...] | None = None

    def rows(self, **kwargs: Any) -> Any:
        """Return the queryset of all rows."""
        raise NotImplementedError

    def shown(self, rows: Any) -> Any:
        """Return the rows of a page as the template shows them."""
        return rows

    def content(self, **kwargs: Any) -> dict[str, Any]:
        request = Request(self.request)
        parameters = query_parameters(request)
        known = [*self.filterset_class.base_filters, "page", "page_size", *self.parameters]
        refuse_unknown(request, known)
        # Each head of a column, and each link to a page, repeats them all.
        if sum(len(values) for _, values in parameters.lists()) > _MOST_VALUES:
            raise Refused.because("TOO_MANY_VALUES", f"A list takes {_MOST_VALUES} values at most; use the API.")
        filterset = self.filterset_class(data=parameters, queryset=self.rows(**kwargs), request=request)
        paginator = BoundedPagination()
        paginator.page_size = self.page_size
        rows = paginator.paginate_queryset(require_valid(filterset).qs, request)
        page: PageOfRows[Any] = paginator.page  # type: ignore[assignment]  # it was just divided
        return {
            "page": page,
            "orders": None if page.paginator.is_counted else self.orders_of_many,  # type: ignore[attr-defined]  # as above
            "rows": self.shown(rows),
            "filters": filterset.form,
            "chosen": query_parameters(request),
        }


class FormPage(Page):
    """A page with a form that changes something: the rules are those of the service that ``save`` calls.

    ``save`` returns the sentence that the next page shows, and ``then`` the URL of that page. A service that
    refuses is shown on the form, each finding beside the field that its path names.
    """

    form_class: type[forms.Form] = forms.Form

    def initial(self, **kwargs: Any) -> Mapping[str, Any]:
        """Return what the fields hold at first."""
        return {}

    def form(self, data: Any = None, **kwargs: Any) -> forms.Form:
        """Return the form, with what was sent if anything was."""
        return self.form_class(data, initial=dict(self.initial(**kwargs)))

    def save(self, form: forms.Form, **kwargs: Any) -> str:
        """Carry out what a valid form asks for, and return a sentence that says what was done."""
        raise NotImplementedError

    def then(self, **kwargs: Any) -> str:
        """Return the URL that the browser goes to afterwards."""
        raise NotImplementedError

    def show_findings(self, form: forms.Form, report: Report) -> None:
        """Show the errors of ``report``: beside the fields that their JSON Pointers lead into, or above all."""
        for finding in shown(report.errors):
            form.add_error(_field_at(finding.path, form), finding.description)

    def warn(self, report: Report) -> None:
        """Show the first warnings on what was saved, on the next page."""
        for finding in shown(report.warnings)[:_MOST_WARNINGS]:
            messages.warning(self.request, finding.description)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        # First, since it notes which state it was made of: what the page shows beside it is never older than that.
        form = self.form(**kwargs)
        return self.show({**self.content(**kwargs), "form": form})

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        form, status = self.form(request.POST, **kwargs), 400
        if form.is_valid():
            try:
                said = self.save(form, **kwargs)
            except Refused as refused:
                self.show_findings(form, refused.report)
                status = refused.status
            except Stale:
                form.add_error(None, _STALE)
                status = HTTPStatus.PRECONDITION_FAILED
            else:
                messages.success(request, said)
                return HttpResponseRedirect(self.then(**kwargs), status=HTTPStatus.SEE_OTHER)
        return self.show({**self.content(**kwargs), "form": form}, status=status)


def lacking(right: str) -> str:
    """Return what is said to an account that has not the permission for what it asks for."""
    return f"This needs {described(right)}; ask an operator."


def _field_at(path: str, form: forms.Form) -> str | None:
    """Return the field of ``form`` that a JSON Pointer leads to or into; ``/a/b/0`` leads into ``a/b`` or ``a``."""
    name = path.removeprefix("/")
    while name and name not in form.fields:
        name = name.rpartition("/")[0]
    return name or None
