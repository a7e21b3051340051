"""Read and write files: the return as a spreadsheet, and exports from management information systems.

Pure: bytes and values in, values out. A file with a fault is ``SpreadsheetRefused`` as a whole, with the
place of each fault.
"""
