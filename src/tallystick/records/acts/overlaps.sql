-- Nobody is in one place twice at one time: rows of one person in one place whose times overlap are one row told twice.
-- reads: records (record, person_key, moment, moment_out, and the columns named below)
-- gives: record, episode (the record that speaks), place (1 for the one that speaks)
-- Rows that only touch (out at 10:00, in at 10:00) are two. A row without an end overlaps with one that begins at the
-- same moment and with another one without an end. A row without a person key or without a moment stands for itself.
-- :same columns    what makes one place: columns that must agree, beside the person key
-- :apart columns   rows that hold nothing in one of these stand apart; `record` for none
-- :speaks order    which of them speaks for all: the first in this order
with reached as (
  select
    *,
    max(coalesce(moment_out, moment)) over (
      partition by person_key, :same, case when :apart is null then record end
      order by moment, moment_out nulls last, record
      rows between unbounded preceding and 1 preceding
    ) as reached_before,
    max(moment) over (
      partition by person_key, :same, case when :apart is null then record end
      order by moment, moment_out nulls last, record
      rows between unbounded preceding and 1 preceding
    ) as begun_before,
    max(case when moment_out is null then 1 else 0 end) over (
      partition by person_key, :same, case when :apart is null then record end
      order by moment, moment_out nulls last, record
      rows between unbounded preceding and 1 preceding
    ) as open_before
  from records
  where person_key is not null and moment is not null
),
opened as (
  select
    *,
    case
      when reached_before is null then 1
      when moment < reached_before then 0
      when moment = begun_before then 0
      when moment_out is null and open_before = 1 then 0
      else 1
    end as opens
  from reached
),
numbered as (
  select
    *,
    sum(opens) over (
      partition by person_key, :same, case when :apart is null then record end
      order by moment, moment_out nulls last, record
      rows between unbounded preceding and current row
    ) as number
  from opened
),
placed as (
  select
    record,
    row_number() over (
      partition by person_key, :same, case when :apart is null then record end, number
      order by :speaks
    ) as place,
    first_value(record) over (
      partition by person_key, :same, case when :apart is null then record end, number
      order by :speaks
    ) as episode
  from numbered
)
select record, episode, place
from placed
union all
select record, record as episode, 1 as place
from records
where person_key is null or moment is null
