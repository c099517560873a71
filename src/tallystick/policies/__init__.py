"""Floor 3: written rules evaluated on records, with what nobody can know kept unknown.

facts      what a record field can prove or refute of a condition, and when it was known
regions    into which parts the values of a field fall, as far as facts can tell them apart
bounds     the least and the most a rule can hold, over everything that is unknown
policy     dated written rules with their tiers; which of them applied when
profiles   the SQL that turns records into profiles of fields
assessment tiers of a policy over all profiles of a table: met, at most after exceptions, outside
cases      one invented case explained in words
"""
