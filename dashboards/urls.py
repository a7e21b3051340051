from django.urls import path

from dashboards.views import approvals, board, home, indicators, reminders, school, trust_map, warnings

app_name = "dashboards"
TRUST = "trusts/<int:trust_id>/"
SCHOOL = f"{TRUST}schools/<int:school_id>/"
urlpatterns = [
    # Home pages by role.
    path(TRUST, home.trust_home, name="trust_home"),
    path(f"{TRUST}board/", board.board, name="board"),
    path(f"{TRUST}left/", board.departed, name="departed_schools"),
    path(f"{TRUST}map/", trust_map.trust_map, name="map"),
    path(f"{TRUST}desk/", board.desk, name="desk"),
    path(f"{SCHOOL}home/", school.school_home, name="school_home"),
    # Schools and indicators.
    path(SCHOOL, school.school_detail, name="school_detail"),
    path(f"{SCHOOL}indicators/<str:code>/", school.indicator_detail, name="indicator_detail"),
    path(f"{TRUST}indicators/", indicators.line_list, name="line_list"),
    path(f"{TRUST}indicators/<str:code>/", indicators.indicator_across, name="indicator_across"),
    path(f"{TRUST}headlines/", indicators.headline_comparison, name="headlines"),
    path(f"{TRUST}approvals/", approvals.target_approvals, name="target_approvals"),
    path(f"{TRUST}warnings/", warnings.warning_list, name="warning_list"),
    path(f"{TRUST}reminders/next/", reminders.reminder_next, name="reminder_next"),
    path(f"{TRUST}reminders/mine/", reminders.reminder_pace, name="reminder_pace"),
]
