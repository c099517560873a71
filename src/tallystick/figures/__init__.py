"""Floor 2, for workbooks: figures are dated by evidence and checked before anything is counted.

dating   on which day the figures of each block stop, which evidence says so, what was rejected
dated    printed numbers as rows of the table `figures`
trust    checks (a) to (f): does a workbook agree with itself, with its neighbours, with its date
issue    everything read from one workbook, in one piece
"""
