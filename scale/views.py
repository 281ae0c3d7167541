"""Pages of accounts: each account makes and revokes its own API tokens."""

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken
from knox.settings import knox_settings

from core.services import Refused
from scale.models import MAX_TOKEN_NAME_LENGTH
from scale.tokens import MOST_DAYS, SHOWN, issue_token, revoke_token


class TokenForm(forms.Form):
    """What an account says about a new token."""

    name = forms.CharField(max_length=MAX_TOKEN_NAME_LENGTH, help_text="What the token is for, as “node-01”.")
    days = forms.IntegerField(
        min_value=1, max_value=MOST_DAYS, help_text="After this many days it is no longer accepted."
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Show the tokens of the account that is logged in; make another one, which only this answer shows."""
    account = cast(User, request.user)
    ttl = knox_settings.TOKEN_TTL
    sent = request.POST if request.method == "POST" else None
    form = TokenForm(sent, initial={"days": ttl.days if ttl else MOST_DAYS})
    token = None
    if form.is_valid():
        try:
            _, token = issue_token(account=account, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    owned = AuthToken.objects.filter(user=account).select_related("details").order_by("-created", "pk")
    context = {
        "title": "My tokens",
        "form": TokenForm(initial=form.initial) if token else form,
        "token": token,
        "tokens": owned,
        "shown": f":{SHOWN}",
        "now": timezone.now(),
    }
    return render(request, "accounts/tokens.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token of the account that is logged in."""
    if revoke_token(account=cast(User, request.user), token_key=request.POST.get("token", "")):
        messages.success(request, "The token was revoked, and is no longer accepted.")
    else:
        messages.warning(request, "There is no such token; it may have been revoked already.")
    return redirect("tokens")
