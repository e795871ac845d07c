"""The commands of analytics, one file a group. The top floor: it imports all below.

In: the command line. Out: files, lines, exit codes.
"""
