from django.urls import path

from schools import views

app_name = "schools"
urlpatterns = [
    path("setup/calendar/", views.calendar_detail, name="calendar_detail"),
    path("setup/calendar/<int:school_year>/", views.calendar_change, name="calendar_change"),
]
