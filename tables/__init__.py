"""Read and write the tables that people send: CSV text, workbooks, and lists to download.

Pure: bytes and values in, values out. This package knows no Django and no other package of ours.
"""
