-- Which row of one table goes with which row of another, of the same person, within a window of time.
-- reads: left_rows (record, person_key, moment, also), right_rows (record, person_key, moment, also)
-- gives: left_record, right_record, seconds (from the left row to the right one)
-- Rows without a person key or a moment are linked to nothing. `also` must agree too where a rule names it.
-- :least seconds_or_none  the right row comes no earlier than this after the left one (negative: before it);
--   none: however early
-- :most seconds_or_none   and no later than this; none: whenever it comes
-- :prefers word           nearest · earliest · latest right row; of several left rows likewise
-- :each_right_once yes_no a right row goes with one left row at most; decided first
-- :each_left_once yes_no  a left row goes with one right row at most
with pairs as (
  select
    left_rows.record as left_record,
    right_rows.record as right_record,
    left_rows.moment as left_moment,
    right_rows.moment as right_moment,
    right_rows.moment - left_rows.moment as seconds
  from left_rows
  inner join right_rows
    on right_rows.person_key = left_rows.person_key
    and right_rows.also = left_rows.also
  where
    left_rows.moment is not null
    and right_rows.moment is not null
    and (:least is null or right_rows.moment - left_rows.moment >= :least)
    and (:most is null or right_rows.moment - left_rows.moment <= :most)
),
by_right as (
  select
    *,
    row_number() over (
      partition by right_record
      order by
        case :prefers when 'nearest' then abs(seconds) when 'latest' then -left_moment else left_moment end,
        left_moment,
        left_record
    ) as right_place
  from pairs
),
by_left as (
  select
    *,
    row_number() over (
      partition by left_record
      order by
        case :prefers when 'nearest' then abs(seconds) when 'latest' then -right_moment else right_moment end,
        right_moment,
        right_record
    ) as left_place
  from by_right
  where right_place = 1 or not :each_right_once
)
select left_record, right_record, seconds
from by_left
where left_place = 1 or not :each_left_once
