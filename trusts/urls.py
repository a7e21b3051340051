from django.urls import path

from trusts import views

app_name = "trusts"
urlpatterns = [
    path("", views.people, name="people"),
    path("people.csv", views.people_csv, name="people_csv"),
    path("invite/", views.invite, name="invite"),
    path("invitations/<int:invitation_id>/resend/", views.invitation_resend, name="invitation_resend"),
    path("invitations/<int:invitation_id>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("deputies/", views.deputy_list, name="deputy_list"),
    path("deputies/<int:deputy_id>/end/", views.deputy_end, name="deputy_end"),
    path("confirmations/", views.role_requests, name="role_requests"),
    path("invitations/<int:invitation_id>/confirm/", views.invitation_confirm, name="invitation_confirm"),
    path("invitations/<int:invitation_id>/decline/", views.invitation_decline, name="invitation_decline"),
    path("roles/<int:membership_id>/end/", views.role_end, name="role_end"),
]
