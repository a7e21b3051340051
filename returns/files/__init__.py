"""Files that come in and go out: the return as a spreadsheet, and exports of management information systems.

Pure: bytes and values in, values out. A file that cannot be used whole is ``SpreadsheetRefused`` whole, each fault with
its place.
"""
