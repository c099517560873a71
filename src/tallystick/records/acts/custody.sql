-- The time of each stay as parts that do not overlap: what each stint adds to what earlier stints of the stay covered.
-- reads: spans (record, starts, ends_least, ends_most), told (record, stay), in seconds
-- gives: stay, record, from_least, until_least, from_most, until_most; one row for each stint that belongs to a stay
-- For every stay the seconds of its parts are those of the stay; parts without length have until <= from.
-- :closes_at moment   the end of the closing date; stays that go on are counted up to it
with inside as (
  select
    spans.record,
    spans.starts,
    told.stay,
    coalesce(spans.ends_least, :closes_at) as until_least,
    coalesce(spans.ends_most, :closes_at) as until_most
  from spans
  inner join told on told.record = spans.record
  where told.stay is not null
),
ordered as (
  select
    *,
    max(until_least) over (
      partition by stay order by starts, until_most, record rows between unbounded preceding and 1 preceding
    ) as reached_least,
    max(until_most) over (
      partition by stay order by starts, until_most, record rows between unbounded preceding and 1 preceding
    ) as reached_most
  from inside
)
select
  stay,
  record,
  greatest(starts, coalesce(reached_least, starts)) as from_least,
  until_least,
  greatest(starts, coalesce(reached_most, starts)) as from_most,
  until_most
from ordered
