-- Every row of the left table with what it is linked to, or with why nobody can tell. No left row is lost.
-- reads: left_rows (record, person_key, moment, goes_on), pairs (left_record, right_record, seconds)
-- gives: left_record, right_record, seconds, state (one row for each left row, or for each of its pairs)
--   state: linked · no_key · goes_on (what it is linked by has not happened yet) · no_time ·
--   window_open (its window goes beyond what the release covers) · none_seen (its window lies within the release, and
--   nothing was in it, or what was there goes with another row)
-- :least seconds_or_none  as in the rule
-- :most seconds_or_none   as in the rule
-- :opens_at moment        the beginning of what the release covers
-- :closes_at moment       the end of the closing date
select
  left_rows.record as left_record,
  pairs.right_record,
  pairs.seconds,
  case
    when pairs.right_record is not null then 'linked'
    when left_rows.person_key is null then 'no_key'
    when left_rows.goes_on then 'goes_on'
    when left_rows.moment is null then 'no_time'
    when :most is null or left_rows.moment + :most >= :closes_at then 'window_open'
    when :least is null or left_rows.moment + :least < :opens_at then 'window_open'
    else 'none_seen'
  end as state
from left_rows
left join pairs on pairs.left_record = left_rows.record
