from django.urls import path

from followup import views

app_name = "followup"
urlpatterns = [
    path("reminders/", views.reminder_list, name="reminder_list"),
    path("schools/<int:school_id>/away/", views.cover_list, name="cover_list"),
    path("schools/<int:school_id>/away/<int:cover_id>/remove/", views.cover_remove, name="cover_remove"),
]
