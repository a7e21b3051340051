"""Give the invented headteachers' explanations of figures off target, by area."""

from kpis.catalogue.kinds import Area
from kpis.rules.explanations import Explanation

EXPLANATIONS = {
    Area.SAFEGUARDING: Explanation(
        what="Four members of staff had not finished their training and checks by the end of term",
        why="They started in the middle of term and the next course was full",
        what_next="They are booked on the course on the first INSET day, and I will check our records that week",
    ),
    Area.HEALTH_AND_SAFETY: Explanation(
        what="Two actions from our last inspection are still open",
        why="The contractor had to cancel twice",
        what_next="The work is booked for half-term, and we have closed that part of the playground until then",
    ),
    Area.OUTCOMES: Explanation(
        what="English is holding us back, while maths is close to where we expected",
        why="Two teachers in this year group left in the summer",
        what_next="The trust's consultant is planning with the new teachers every other week",
    ),
    Area.DISADVANTAGED: Explanation(
        what="The gap is widest in our two oldest year groups",
        why="Most of these pupils also miss a lot of school",
        what_next="Each family now has a named member of staff, who calls on the first day of any absence",
    ),
    Area.ATTENDANCE: Explanation(
        what="A small group of pupils accounts for most of this",
        why="Some are waiting for assessments and others took holidays in term time",
        what_next="Our attendance officer will visit each family before half-term",
    ),
    Area.FINANCE: Explanation(
        what="We spent more than planned on supply teachers",
        why="Two teachers are on long-term sick leave and we had to use an agency",
        what_next="Both are due back after half-term, and another school in the trust is lending us cover until then",
    ),
    Area.STAFFING: Explanation(
        what="Short absences have gone up, but long-term absence has not",
        why="A sickness bug went round the staff in the second half of term",
        what_next="We hold a return-to-work meeting on the first day back, and I review absence with HR every month",
    ),
    Area.WELLBEING: Explanation(
        what="Most staff who were unhappy told us it was workload",
        why="Three sets of reports were due in one half-term",
        what_next="From next term reports are spread over the year and we have dropped one data collection",
    ),
}
