"""Floor 6: claims are read in declared ways and laid against cleared cells.

claim      a statement checked: readings, thresholds, dates, all from definitions
judge      a bound against a threshold; readings against a claim
verdict    results of one claim on one date, with what they rest on
statement  a text part by part: each part tested, or the reason why it cannot be
"""
