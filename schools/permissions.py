"""Check permission for pages about one school, and narrow the request to that school."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from schools.models import School
from trusts import tenancy
from trusts.form_posts import answer_form
from trusts.permissions import Permission, enter_for


def requires_for_school(
    permission: Permission,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Check ``permission`` for the trust and school that the URL names, and narrow the request to that school.

    A school outside the trust, or for which the person does not have the permission, is a 404.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def gated(request: HttpRequest, *args: Any, trust_id: int, school_id: int, **kwargs: Any) -> HttpResponse:
            access = enter_for(request, trust_id, permission)
            school = School.objects.filter(urn=school_id, trust=access.trust).first()
            if school is None or not access.can(permission, school_id):
                raise Http404("No such school here")
            tenancy.enter(
                [access.trust.pk],
                school_ids=[school_id],
                actor=f"user:{request.user.pk}",
                user_id=request.user.pk or 0,
            )
            return answer_form(request, lambda: view(request, access.trust, school, *args, **kwargs))

        gated.permission = permission  # type: ignore[attr-defined]  # what the URL guard looks for
        gated.for_school = True  # type: ignore[attr-defined]  # what the access guard looks for
        return gated

    return decorate
