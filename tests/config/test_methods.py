"""Test what an address answers to HEAD, and to a method that it does not have."""

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.urls import reverse

from config.methods import HeadAsGet
from trusts.models import Role


def test_request_for_headers_of_the_health_page_is_answered(client, db):
    response = client.head(reverse("health"))

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len("ok\n"))


@pytest.mark.parametrize("name", ["dashboards:trust_home", "dashboards:board", "trusts:deputy_list", "score-line-list"])
def test_request_for_headers_is_answered_like_get(client, as_role, trust, name):
    as_role(Role.BOARD_MEMBER, trust)
    address = reverse(name, args=[trust.pk])

    head, get = client.head(address), client.get(address)

    assert head.status_code == get.status_code
    assert head["Content-Type"] == get["Content-Type"]


@pytest.mark.parametrize("made", [lambda: HttpResponse("Words"), lambda: StreamingHttpResponse(iter([b"Wor", b"ds"]))])
def test_answer_to_a_request_for_headers_has_no_body(made):
    response = HeadAsGet(lambda request: made())(RequestFactory().head("/"))

    assert b"".join(response) == b""


@pytest.mark.parametrize("accept", ["text/html", "application/json", "*/*"])
@pytest.mark.parametrize("method", ["put", "post", "delete"])
@pytest.mark.parametrize("name", ["score-line-list", "observation-list"])
def test_api_refuses_a_wrong_method_whatever_the_client_accepts(client, as_role, trust, name, method, accept):
    as_role(Role.BOARD_MEMBER, trust)

    response = getattr(client, method)(reverse(name, args=[trust.pk]), headers={"accept": accept})

    assert response.status_code == 405


def test_api_still_says_that_it_answers_in_json_only(client, as_role, trust):
    as_role(Role.BOARD_MEMBER, trust)

    assert client.get(reverse("score-line-list", args=[trust.pk]), headers={"accept": "text/html"}).status_code == 406
