"""Make invented reports to print and store."""

from datetime import UTC, date, datetime
from typing import Any

from meetings.report import ReportArea, ReportDocument, ReportLine, ReportNote, ReportSchoolPage, SchoolJudgement

AT = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)
HOSTILE = '#panic("x") #read("/etc/passwd") *bold* _it_ $x$ <label> @ref // \\ "quoted" [x] #{1 + 1} </script>'


def line(**given: Any) -> ReportLine:
    words = {
        "code": "AB2",
        "title": "Persistent absence",
        "period": "Autumn 2025",
        "value": "23.4%",
        "cohort": "of 1,203",
        "target": "18.0%",
        "target_text": "18.0%, set by the Board, 14 October 2025",
        "national": "20.3%",
        "national_text": "England, secondary, 2023–24",
        "rating": "off_target",
        "reason": "23.4% against a target of 18.0% or less; 20.0% or less is close.",
        "movement": "worse",
        "movement_text": "1.2 percentage points worse than autumn 2024.",
    }
    return ReportLine(**words | given)


def lines(count: int, **given: Any) -> tuple[ReportLine, ...]:
    return tuple(line(code=f"AB{place}", title=f"Invented indicator {place}", **given) for place in range(count))


def school_page(**given: Any) -> ReportSchoolPage:
    about: dict[str, Any] = {
        "urn": 991001,
        "name": "Invented Quay School",
        "phase_of_education": "Secondary",
        "phase": SchoolJudgement(
            code="repair", label="Repair", reason="Outcomes lag.", details=("Held back by staffing.",)
        ),
        "trajectory": SchoolJudgement(code="F", label="Steady improvers", reason="It rises 4 points a year."),
        "capacity": SchoolJudgement(code="giver", label="Capacity giver", reason="Journey F, steady improvers."),
        "areas": (ReportArea(label="Attendance and behaviour", lines=lines(3)),),
        "provenance": ("Return for autumn 2025: accepted by Invented Director on 3 November 2025.",),
        "note": ReportNote(text="Attendance is the line to watch.", written_by="Invented Director", written_at=AT),
    }
    return ReportSchoolPage(**about | given)


def report(*schools: ReportSchoolPage, **given: Any) -> ReportDocument:
    about: dict[str, Any] = {
        "trust": "Invented Harbour Trust",
        "title": "Trust Executive Panel, autumn 2",
        "period": "2025–26, half-term 2",
        "held_date": date(2025, 11, 20),
        "as_at": AT,
        "is_fictional": True,
        "schools": schools
        or (school_page(), school_page(urn=991002, name="Invented Mill School", areas=(), note=None)),
        "published_by": "Invented Director",
    }
    return ReportDocument(**about | given)
