from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schools.gias import LinkCycle, predecessor_chain, read_links

HEADER = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"


@pytest.fixture
def links(tmp_path):
    def read(*rows):
        path = tmp_path / "links.csv"
        path.write_text(HEADER + "\n".join(f"{urn},{other},Invented,{words}," for urn, other, words in rows) + "\n")
        return read_links(path)

    return read


def one_to_one(*steps):
    urns, before = zip(*steps, strict=True)
    return pd.DataFrame({"urn": urns, "link_urn": before, "link_type": "predecessor", "kind": "one_to_one"})


def chain_of(frame):
    return [tuple(row) for row in predecessor_chain(frame).itertuples(index=False)]


def test_read_links_gives_dates_and_names(tmp_path):
    path = tmp_path / "links.csv"
    path.write_bytes((HEADER + '990002,990001,"Invénted Quay","Predecessor","01-01-2017"\r\n').encode("cp1252"))

    link = read_links(path).iloc[0]

    assert link.to_dict() == {
        "urn": 990002,
        "link_urn": 990001,
        "link_name": "Invénted Quay",
        "link_type": "predecessor",
        "kind": "one_to_one",
        "established_date": pd.Timestamp("2017-01-01"),
    }


@pytest.mark.parametrize(
    ("words", "link_type", "kind"),
    [
        ("Successor", "successor", "one_to_one"),
        ("Predecessor - merged", "predecessor", "merged"),
        ("Successor - amalgamated", "successor", "amalgamated"),
        ("Predecessor - Split School", "predecessor", "split"),
        ("Result of Amalgamation", "related", "amalgamated"),
        ("Merged - change in age range", "related", "merged"),
        ("Sixth Form Centre School", "related", "other"),
        ("Closure", "related", "other"),
    ],
)
def test_read_links_says_how_the_linked_school_is_related(links, words, link_type, kind):
    assert links((990002, 990001, words))[["link_type", "kind"]].iloc[0].tolist() == [link_type, kind]


def test_read_links_does_not_call_two_plain_predecessors_one_to_one(links):
    read = links(
        (990003, 990001, "Predecessor"),
        (990003, 990002, "Predecessor"),
        (990004, 990003, "Predecessor"),
        (990001, 990003, "Successor"),
    )

    assert read["kind"].tolist() == ["several", "several", "one_to_one", "several"]


def test_read_links_does_not_call_two_plain_successors_one_to_one(links):
    read = links((990001, 990002, "Successor"), (990003, 990001, "Predecessor"))

    assert read["kind"].tolist() == ["several", "several"]


def test_read_links_prefers_the_school_that_says_merged(links):
    read = links((990002, 990001, "Predecessor - merged"), (990001, 990002, "Successor"))

    assert read["kind"].tolist() == ["merged", "several"]


def test_predecessor_chain_goes_back_step_by_step(links):
    read = links(
        (990003, 990002, "Predecessor"),
        (990002, 990003, "Successor"),  # the same link from the other school
        (990001, 990002, "Successor"),
        (990009, 990008, "Predecessor - merged"),
    )

    assert chain_of(read) == [(990002, 990001, 1), (990003, 990002, 1), (990003, 990001, 2)]


def test_predecessor_chain_of_no_links_is_empty(links):
    assert chain_of(links((990009, 990008, "Closure"))) == []


@pytest.mark.parametrize("circle", [[1], [1, 2], [1, 2, 3, 4]])
def test_predecessor_chain_refuses_a_circle_and_names_it(circle):
    steps = list(zip(circle, [*circle[1:], circle[0]], strict=True))

    with pytest.raises(LinkCycle) as refusal:
        predecessor_chain(one_to_one(*steps, (11, 12), (12, 13)))

    assert refusal.value.urns == circle
    assert str(refusal.value) == f"The links lead in a circle: {', '.join(map(str, circle))}."


def test_predecessor_chain_refuses_links_that_are_not_one_to_one():
    with pytest.raises(ValueError, match="not one to one"):
        predecessor_chain(one_to_one((3, 1), (3, 2)))


@given(st.lists(st.integers(1, 6), max_size=8), st.randoms())
def test_predecessor_chain_reaches_every_earlier_school_once(lengths, random):
    """Every school in chains of any length has all earlier schools as predecessors, at the right depth."""
    lines, first = [], 1
    for length in lengths:
        lines.append(list(range(first, first + length)))
        first += length
    steps = [(after, before) for line in lines for before, after in pairwise(line)]
    random.shuffle(steps)
    frame = one_to_one(*steps) if steps else one_to_one((1, 2)).iloc[:0]

    expected = [
        (line[at], line[at - depth], depth) for line in lines for at in range(len(line)) for depth in range(1, at + 1)
    ]

    assert chain_of(frame) == sorted(expected, key=lambda step: (step[0], step[2]))
