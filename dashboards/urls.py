from django.urls import path

from dashboards.views import moderation

app_name = "dashboards"
OF_TERM = "trusts/<int:trust_id>/schools/<int:school_id>/returns/<int:term_id>/"
urlpatterns = [
    # Returns as the trust sees them.
    path("trusts/<int:trust_id>/returns/", moderation.returns_grid, name="returns_grid"),
    path(f"{OF_TERM}moderate/", moderation.moderate_return, name="moderate_return"),
    path(f"{OF_TERM}accept/", moderation.return_accept, name="return_accept"),
    path(f"{OF_TERM}send-back/", moderation.return_send_back, name="return_send_back"),
]
