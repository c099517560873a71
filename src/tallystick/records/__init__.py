"""Floor 2: typed rows of record releases, checked and put beside each other.

assembling  one table of one release from its sheets, with one number per person key
checking    what is wrong with a table, or changed within it
drifting    what changed from one release to the next
combining   which release speaks for which days
"""
