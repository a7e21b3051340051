from django.urls import path

from followup import views

app_name = "followup"
urlpatterns = [path("reminders/", views.reminder_list, name="reminder_list")]
