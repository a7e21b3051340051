from django.urls import path

from meetings import views

app_name = "meetings"
urlpatterns = [
    path("", views.panel_list, name="panel_list"),
    path("plan/", views.panel_plan, name="panel_plan"),
    path("<int:panel_id>/", views.panel_detail, name="panel_detail"),
    path("<int:panel_id>/publish/", views.panel_publish, name="panel_publish"),
    path("<int:panel_id>/report.pdf", views.panel_pdf, name="panel_pdf"),
    path("<int:panel_id>/notes/<int:school_id>/", views.note_save, name="note_save"),
]
