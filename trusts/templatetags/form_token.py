from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trusts.form_posts import FIELD, new_form_token

register = template.Library()


@register.simple_tag(takes_context=True)
def form_token(context: dict[str, Any]) -> SafeString:
    """Write the hidden fields of a form that is sent by POST: Django's CSRF token and ours (``trusts.form_posts``)."""
    request = context["request"]
    token = new_form_token(request)
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<input type="hidden" name="{}" value="{}" data-person="{}" data-page="{}" data-number="{}">',
        get_token(request), FIELD, token.signed, token.user_id, token.page, token.number,
    )  # fmt: skip
