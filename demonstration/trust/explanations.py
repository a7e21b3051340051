"""Give the invented headteachers' explanations of figures off target, by indicator.

A figure off target is on its worse side, so the texts say why it is worse. They name no numbers and do not say whether
the figure has risen or fallen since last term: they are true of every figure off target.
"""

from collections.abc import Sequence

from kpis.rules.explanations import Explanation


def _said(what: str, why: str, what_next: str) -> Explanation:
    return Explanation(what=what, why=why, what_next=what_next)


# One or more for each indicator. A school's terms take them in turn.
EXPLANATIONS: dict[str, Sequence[Explanation]] = {
    "SG1": (
        _said(
            "Some requirements of the safeguarding audit are only partly met",
            "Our records of early help are not kept in one place, and the policy on visitors was out of date",
            "The designated lead is moving all records to one system, and governors have the new policy",
        ),
        _said(
            "The safeguarding audit found gaps in how we follow up concerns",
            "Actions were agreed but nobody wrote down when they were done",
            "The deputy lead checks every open concern on Fridays, and we repeat this part of the audit next term",
        ),
    ),
    "SG2": (
        _said(
            "A few entries in the single central record are not complete",
            "References for people who started in the middle of term came late and were not entered",
            "The business manager checks the record every Monday, and nobody starts before their entry is complete",
        ),
    ),
    "SG3": (
        _said(
            "Some members of staff have not renewed their safeguarding training in time",
            "They were absent on the training day and the next course was full",
            "They are booked on the course on the first INSET day, and I will check our training records that week",
        ),
    ),
    "SG8": (
        _said(
            "We have concerns about adults that have been open for longer than 20 working days",
            "We are waiting for the local authority’s designated officer to decide on them",
            "The designated lead telephones every week, and I report to the chair of governors",
        ),
    ),
    "HS1": (
        _said(
            "Some requirements of the health and safety audit are not fully met",
            "Risk assessments for practical lessons and trips had not been reviewed this year",
            "The site manager and subject leaders review them together before half-term",
        ),
        _said(
            "The health and safety audit found records of fire drills and first aid that were not complete",
            "The member of staff who kept them left, and nobody took it over at once",
            "The office manager now keeps these records, and we repeat this part of the audit next term",
        ),
    ),
    "HS2": (
        _said(
            "There were accidents that we had to report this term",
            "They happened on the playing field, where the ground was uneven",
            "The contractor is levelling the field, and classes use the hard court until then",
        ),
    ),
    "HS3": (
        _said(
            "Some statutory checks of the premises are overdue",
            "The contractor for electrical and water checks had to cancel twice",
            "The checks are booked for half-term, and the trust has given us a second contractor to call",
        ),
    ),
    "OUT19": (
        _said(
            "Fewer pupils in Year 6 are on track for the expected standard than we need",
            "Writing is holding them back, while reading and maths are close to where we expected",
            "The trust’s consultant plans writing with the Year 6 teachers every other week",
        ),
        _said(
            "Our forecast for Year 6 is below what we aimed for",
            "Several pupils read well but do not finish the maths papers",
            "They have a short arithmetic lesson every morning, and we test again before half-term",
        ),
    ),
    "OUT20": (
        _said(
            "Fewer students in Year 11 are on track for grade 5 in both English and maths than we need",
            "English is holding them back, while maths is close to where we expected",
            "The trust’s consultant is planning with the English department every other week",
        ),
        _said(
            "Our forecast for English and maths in Year 11 is below what we aimed for",
            "Many students are secure in one of the two subjects and a grade short in the other",
            "These students have an extra lesson a week in their weaker subject, and mock exams show whether it works",
        ),
    ),
    "OUT21": (
        _said(
            "Our forecast for Attainment 8 is below what we aimed for",
            "Results in the mocks were weakest in science, where two classes had cover for a term",
            "A permanent teacher has taken over both classes, and we look at their books together every month",
        ),
        _said(
            "The Year 11 forecast in several subjects is lower than these students should achieve",
            "Coursework was late in two subjects and is not yet in the forecast",
            "Heads of department check coursework every week until it is complete",
        ),
    ),
    "OWN1": (
        _said(
            "Too few students in Year 11 have a place for September so far",
            "Some have applied to one college only and wait for its answer",
            "Our careers adviser meets each of these students and their families before half-term",
        ),
    ),
    "DIS6": (
        _said(
            "Too many disadvantaged pupils miss a tenth of school or more",
            "For many of these families the morning is the hard part: younger children, shift work and buses",
            "Each family now has a named member of staff, who calls on the first day of any absence",
        ),
        _said(
            "Disadvantaged pupils are persistently absent more often than their classmates",
            "Single days add up, most of all on Mondays and Fridays",
            "We invite these pupils to breakfast club and look at their attendance every Friday",
        ),
    ),
    "DIS7": (
        _said(
            "Disadvantaged students are suspended more often than others",
            "Most of these suspensions are of the same few students, for refusing to follow instructions",
            "Each of them now has a mentor and a plan that their teachers have agreed on",
        ),
    ),
    "DIS8": (
        _said(
            "Some actions in our pupil premium strategy are behind",
            "The tutor for small groups left, and we could not start two of the actions",
            "A new tutor starts after half-term, and governors look at the strategy in their next meeting",
        ),
    ),
    "DIS9": (
        _said(
            "Fewer disadvantaged pupils in Year 6 are on track for the expected standard than we need",
            "Several of them joined us after Year 4 with gaps in reading",
            "They read with a trained adult every day, and we check their progress every three weeks",
        ),
    ),
    "DIS10": (
        _said(
            "Few disadvantaged students in Year 11 are on track for grade 5 in both English and maths",
            "Those who miss the most lessons are furthest behind",
            "They have first place in the revision sessions, and we provide the transport home",
        ),
    ),
    "AB1": (
        _said(
            "A small group of pupils accounts for most of the absence",
            "Some are waiting for assessments and others took holidays in term time",
            "Our attendance officer will visit each family before half-term",
        ),
        _said(
            "Absence is high in most year groups",
            "Illness in the second half of term came on top of children who are often absent",
            "We call every family on the first day of absence and meet those whose attendance is below 90%",
        ),
    ),
    "AB2": (
        _said(
            "Too many pupils miss a tenth of school or more",
            "Many of them are absent for a day or two at a time, which adds up over the year",
            "We talk to these pupils every week, and each family has a letter that shows the days missed",
        ),
        _said(
            "Persistent absence is above our target in several year groups",
            "Holidays in term time and longer illness account for much of it",
            "The attendance officer meets the families of pupils who are just over the threshold first",
        ),
    ),
    "AB3": (
        _said(
            "A few pupils miss half of school or more",
            "They are too anxious to come in, or wait for a place in another school",
            "Each has a date for coming back full time, agreed with the family and the local authority",
        ),
    ),
    "AB6": (
        _said(
            "We suspended pupils more often than schools like ours usually do",
            "A few pupils account for most suspensions, and many followed arguments at lunchtime",
            "More leaders are on duty at lunch, and every pupil who comes back from a suspension has a plan",
        ),
    ),
    "AB7": (
        _said(
            "We permanently excluded a pupil this term",
            "It followed a serious incident, and governors reviewed the decision",
            "We look at every pupil at risk of exclusion with the trust’s inclusion lead each half-term",
        ),
    ),
    "FIN1": (
        _said(
            "We expect to spend more than our income this year",
            "Supply cover for teachers on long-term sick leave cost more than we planned",
            "Another school in the trust is lending us cover, and the business manager reviews the budget every month",
        ),
    ),
    "FIN4": (
        _said(
            "Staff costs take a larger share of our income than they should",
            "Our income has fallen with the number of pupils, and agency staff cost more than our own",
            "We will not replace one post in September and have advertised the teaching posts that agency staff fill",
        ),
    ),
    "FIN11": (
        _said(
            "We have fewer pupils on roll than we planned for",
            "The youngest year group is not full, and some families moved away in the summer",
            "We have open mornings every month, and the budget for next year uses the number on roll",
        ),
    ),
    "STF1": (
        _said(
            "Teachers were absent through sickness for more days than we aim for",
            "A few teachers were on long-term sick leave, and colds went round in the second half of term",
            "We hold a return-to-work meeting on the first day back, and I review sickness absence with HR every month",
        ),
    ),
    "STF3": (
        _said(
            "More members of staff left in the last twelve months than we aim for",
            "Most left for promotion or to work closer to home",
            "We ask everyone who leaves for their reasons, and have agreed two new posts with responsibility",
        ),
    ),
    "STF4": (
        _said(
            "Some teaching posts are vacant or filled for a time only",
            "We advertised twice without a suitable applicant",
            "The trust is advertising these posts together with those of its other schools",
        ),
    ),
    "WB2": (
        _said(
            "Fewer members of staff than we hoped would recommend the school as a place to work",
            "Most who were unhappy told us that it was workload: three sets of reports were due in one half-term",
            "From next term reports are spread over the year and we have dropped one data collection",
        ),
    ),
    "WB3": (
        _said(
            "Some pupils told us that they do not always feel safe at school",
            "They named the corridors at lunch and the way home",
            "More adults are on duty at lunch and at the gate, and we ask these questions again next term",
        ),
    ),
}


def explanation_for(code: str, term: int) -> Explanation:
    """Return the explanation of an indicator off target; ``term`` is a number that rises by one from term to term."""
    texts = EXPLANATIONS[code]
    return texts[term % len(texts)]
