from django.conf import settings
from django.urls import include, path
from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView

from config.api import router
from config.health import health
from dashboards.views import home, pages
from trusts.views import invitation

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", health, name="health"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("privacy/", pages.privacy, name="privacy"),
    path("method/", pages.method, name="method"),
    path("", include("dashboards.urls")),
    path("trusts/<int:trust_id>/people/", include("trusts.urls")),
    path("trusts/<int:trust_id>/", include("schools.urls")),
    path("trusts/<int:trust_id>/", include("followup.urls")),
    path("trusts/<int:trust_id>/", include("kpis.urls")),
    path("trusts/<int:trust_id>/", include("returns.urls")),
    path("trusts/<int:trust_id>/panels/", include("meetings.urls")),
    path("trusts/<int:trust_id>/", include("trajectories.urls")),
    path("accounts/", include("config.accounts")),
    path("invitations/<str:token>/", invitation, name="invitation"),
    path("api/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="api_schema"),
]
if settings.DEBUG:
    urlpatterns += [path("styleguide/", TemplateView.as_view(template_name="styleguide.html"), name="styleguide")]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
