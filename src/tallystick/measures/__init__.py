"""Floor 4: figures in, cells out: counts and shares as bounds, each with the cells it rests on.

measure       what is counted, out of what, split by what, and how it reads aloud
snapshot      which figures speak for a date
from_figures  cells of a measure for every issue whose blocks passed the checks
cell          one value of a measure: the contract that record-based cells meet too
"""
