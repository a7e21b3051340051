from django.urls import path

from trajectories.views import journeys, phases

app_name = "trajectories"
urlpatterns = [
    path("schools/<int:school_id>/journey-decision/", journeys.journey_decide, name="journey_decide"),
    path("schools/<int:school_id>/phase/", phases.phase_detail, name="phase_detail"),
    path("schools/<int:school_id>/phase-decision/", phases.phase_decide, name="phase_decide"),
    path("schools/<int:school_id>/phase/<str:line>/", phases.line_judge, name="line_judge"),
    path("schools/<int:school_id>/phase/<str:line>/moderate/", phases.line_moderate, name="line_moderate"),
]
