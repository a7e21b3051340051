"""What the invented schools say of figures that are off target, by the Board's areas."""

from kpis.catalogue.kinds import Area
from kpis.rules.explaining import Explanation

EXPLAINED = {
    Area.SAFEGUARDING: Explanation(
        what="A few members of staff are behind with their training",
        why="They joined in the middle of the term",
        what_next="The office books them on the first course of next term",
    ),
    Area.HEALTH_AND_SAFETY: Explanation(
        what="Most of these were falls in the yard at break",
        why="The surface by the steps is worn",
        what_next="It is relaid in the holidays; until then that corner is closed",
    ),
    Area.OUTCOMES: Explanation(
        what="Writing holds the whole figure down",
        why="Two teachers of one year group changed in September",
        what_next="The trust's consultant plans with the year's teachers every other week",
    ),
    Area.DISADVANTAGED: Explanation(
        what="The gap is widest in the two oldest year groups",
        why="The same families miss the most days",
        what_next="Each of them has one person to ring, and a weekly look at the register",
    ),
    Area.ATTENDANCE: Explanation(
        what="A small number of pupils make most of it",
        why="Long waits for assessments, and holidays in term time",
        what_next="The attendance officer visits each family before half-term",
    ),
    Area.FINANCE: Explanation(
        what="Spending on supply staff is above the plan",
        why="Two long absences were covered by an agency",
        what_next="Both return after half-term; cover comes from within the trust until then",
    ),
    Area.STAFFING: Explanation(
        what="Short absences rose, long ones did not",
        why="A winter of illness in the infants' building",
        what_next="Return-to-work talks on the first day, and a look at ventilation",
    ),
    Area.WELLBEING: Explanation(
        what="Workload is what most answers name",
        why="Three sets of reports fell into one half-term",
        what_next="The calendar of reports is spread out from next term",
    ),
}
