"""Find the return that a page is about."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from returns.queries.return_page import ReturnPage, page_as_seen
from returns.queries.return_reading import return_page
from schools.models import School, Term
from trusts.permissions import TrustRequest


def opened_return(school: School, term_id: int) -> ReturnPage:
    """Return a school's return of a term.

    Raises:
        Http404: nobody at the school has started this return.
    """
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    if page is None:
        raise Http404("This return has not been started")
    return page


def opened_return_as_seen(request: TrustRequest, school: School, term_id: int) -> ReturnPage:
    """Return the same, with only their own lines for a contributor; ``Raises`` as ``opened_return``."""
    return page_as_seen(opened_return(school, term_id), request.access, request.user)


def return_as_seen_if_opened(request: TrustRequest, school: School, term_id: int) -> ReturnPage | None:
    """Return the same, or None if nobody has started the return."""
    page = return_page(school, get_object_or_404(Term, pk=term_id))
    return page and page_as_seen(page, request.access, request.user)
