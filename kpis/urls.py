from django.urls import path

from kpis.views import indicator_set, own_indicators, similar_schools, small_numbers, targets

app_name = "kpis"
urlpatterns = [
    path("setup/", indicator_set.setup, name="setup"),
    path("setup/indicators/", indicator_set.set_list, name="set_list"),
    path("setup/indicators/add/", own_indicators.own_add, name="own_add"),
    path("setup/indicators/<str:code>/", indicator_set.set_indicator, name="set_indicator"),
    path("setup/indicators/<str:code>/change/", own_indicators.own_change, name="own_change"),
    path("setup/indicators/<str:code>/school/", indicator_set.set_school, name="set_school"),
    path("setup/targets/<int:school_year>/", targets.target_list, name="target_list"),
    path("setup/targets/<int:school_year>/file/", targets.target_file, name="target_file"),
    path("setup/targets/<int:school_year>/<str:code>/", targets.target_grid, name="target_grid"),
    path("small-numbers/", small_numbers.small_numbers, name="small_numbers"),
    path("small-numbers/change/", small_numbers.small_numbers_change, name="small_numbers_change"),
    path("small-numbers/proposals/<int:proposal_id>/", small_numbers.small_numbers_decide, name="small_numbers_decide"),
    path("schools/<int:school_id>/similar/", similar_schools.similar_schools, name="similar_schools"),
]
