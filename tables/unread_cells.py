"""Find the cells of a workbook that have something in them but no value that can be read."""

from collections.abc import Container

from tables.faults import FileFault
from tables.headings import normal_name
from tables.table_reader import Table

EXPECTED = {
    "a formula": "a value: open the file, copy the column and paste its values",
}
ANY_VALUE = "a value: use the file as it was downloaded"


def unread_cells(table: Table, names: Container[str]) -> list[FileFault]:
    """Return a fault for each cell of the columns with these normal names that must not be read as empty.

    Such a cell is a formula, an error or a text that nothing can keep. A cell whose text was read has no fault.
    """
    columns = {
        position: (at, normal_name(heading))
        for at, (position, heading) in enumerate(zip(table.positions, table.headings, strict=True))
        if normal_name(heading) in names
    }
    rows = {int(number): at for at, number in enumerate(table.frame.index)} if table.problems else {}
    faults = []
    for (number, position), problem in sorted(table.problems.items()):
        if position not in columns or number not in rows:
            continue
        at, name = columns[position]
        if not table.frame.iat[rows[number], at]:
            faults.append(FileFault(number, name, problem, EXPECTED.get(problem, ANY_VALUE)))
    return faults
