from django.urls import path

from trajectories import views

app_name = "trajectories"
urlpatterns = [
    path("schools/<int:school_id>/phase/", views.phase_detail, name="phase_detail"),
    path("schools/<int:school_id>/phase/<str:line>/", views.line_judge, name="line_judge"),
    path("schools/<int:school_id>/phase/<str:line>/moderate/", views.line_moderate, name="line_moderate"),
]
