"""Read and write the tables that people send: CSV text, workbooks, and lists to download.

Pure: bytes and values in, values out. This package imports neither Django nor any other package of ours.
"""
