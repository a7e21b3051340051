from django.urls import path

from returns.views import (
    allowances,
    changes_by_others,
    contributors,
    corrections,
    exports,
    files,
    line_history,
    moderation,
    new_year,
    returns,
    returns_over_terms,
    submission,
)

app_name = "returns"
OF_SCHOOL = "schools/<int:school_id>/returns/"
OF_TERM = f"{OF_SCHOOL}<int:term_id>/"
CONTRIBUTORS = "schools/<int:school_id>/contributors/"
urlpatterns = [
    # As the school sees them.
    path(OF_SCHOOL, returns.return_list, name="return_list"),
    path(OF_TERM, returns.return_detail, name="return_detail"),
    path(f"{OF_TERM}open/", returns.return_open, name="return_open"),
    path(f"{OF_TERM}save/", returns.return_save, name="return_save"),
    path(f"{OF_TERM}changes/", changes_by_others.return_changes, name="return_changes"),
    path(f"{OF_TERM}lines/<str:code>/", returns.line_save, name="line_save"),
    path(f"{OF_TERM}lines/<str:code>/mark/", returns.line_mark, name="line_mark"),
    path(f"{OF_TERM}lines/<str:code>/history/", line_history.line_history, name="line_history"),
    path(f"{OF_TERM}submit/", submission.return_submit, name="return_submit"),
    path(f"{OF_TERM}receipt/", submission.return_receipt, name="return_receipt"),
    path(f"{OF_TERM}versions/", submission.return_versions, name="return_versions"),
    path(f"{OF_TERM}correct/", corrections.correction_open, name="correction_open"),
    path(f"{OF_TERM}correct/withdraw/", corrections.correction_withdraw, name="correction_withdraw"),
    path(f"{OF_TERM}files/", files.file_list, name="file_list"),
    path(f"{OF_TERM}files/return.<str:extension>", files.file_out, name="file_out"),
    path(f"{OF_TERM}files/send/", files.file_send, name="file_send"),
    path(f"{OF_TERM}files/<int:file_id>/", files.file_detail, name="file_detail"),
    path(f"{OF_TERM}files/<int:file_id>/save/", files.file_save, name="file_save"),
    path(f"{OF_TERM}export/", exports.export_upload, name="export_upload"),
    path(f"{OF_SCHOOL}sanctions/", exports.sanction_meanings, name="sanction_meanings"),
    path(f"{OF_TERM}allow/", allowances.return_allow, name="return_allow"),
    # As the trust sees them.
    path("returns/", moderation.returns_grid, name="returns_grid"),
    path("returns/terms/", returns_over_terms.returns_over_terms, name="returns_over_terms"),
    path(f"{OF_TERM}moderate/", moderation.moderate_return, name="moderate_return"),
    path(f"{OF_TERM}decide/", moderation.lines_decide, name="lines_decide"),
    path(f"{OF_TERM}accept/", moderation.return_accept, name="return_accept"),
    path(f"{OF_TERM}send-back/", moderation.return_send_back, name="return_send_back"),
    # Who fills them in, and a new school year.
    path(CONTRIBUTORS, contributors.contributor_list, name="contributor_list"),
    path(f"{CONTRIBUTORS}<int:user_id>/", contributors.contributor_lines, name="contributor_lines"),
    path("setup/contributors/", contributors.default_areas, name="default_areas"),
    path("setup/calendar/<int:school_year>/begin/", new_year.year_begin, name="year_begin"),
]
