from django.urls import path

from trajectories.views import capacity, journeys, phases, references, units

app_name = "trajectories"
UNITS = "schools/<int:school_id>/units/"
UNIT = f"{UNITS}<int:unit_id>/"
urlpatterns = [
    path("reference/", references.reference_detail, name="reference_detail"),
    path("reference/set/", references.reference_set, name="reference_set"),
    path("reference/standard/", references.reference_standard, name="reference_standard"),
    path("reference/proposals/<int:proposal_id>/", references.reference_decide, name="reference_decide"),
    path("schools/<int:school_id>/journey-decision/", journeys.journey_decide, name="journey_decide"),
    path("schools/<int:school_id>/phase/", phases.phase_detail, name="phase_detail"),
    path("schools/<int:school_id>/phase-decision/", phases.phase_decide, name="phase_decide"),
    path("schools/<int:school_id>/phase/<str:line>/", phases.line_judge, name="line_judge"),
    path("schools/<int:school_id>/phase/<str:line>/moderate/", phases.line_moderate, name="line_moderate"),
    path(UNITS, units.unit_list, name="unit_list"),
    path(f"{UNITS}add/", units.unit_add, name="unit_add"),
    path(UNIT, units.unit_detail, name="unit_detail"),
    path(f"{UNIT}change/", units.unit_change, name="unit_change"),
    path(f"{UNIT}close/", units.unit_close, name="unit_close"),
    path(f"{UNIT}judge/", units.unit_judge, name="unit_judge"),
    path(f"{UNIT}moderate/", units.unit_moderate, name="unit_moderate"),
    path("schools/<int:school_id>/capacity/", capacity.capacity_detail, name="capacity_detail"),
    path("schools/<int:school_id>/capacity/<str:dimension>/", capacity.dimension_record, name="dimension_record"),
    path("capacity/", capacity.capacity_across, name="capacity_across"),
    path("phases/", capacity.phases_across, name="phases_across"),
]
