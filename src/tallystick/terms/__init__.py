"""Floor 0: what the words mean. Imports nothing of ours, touches no file outside the package.

bound       a figure with a lower and an upper end
definitions the strict reader of definition files, and their identity
errors      the error family: what, where, why, fix, and the exit code
ledger      what was dropped or left out, with the reason
period      fiscal years, months, and how much of them a figure covers
tables      the columns of every table that leaves the product
"""
