-- From when to when each stint lasted, with both ends where the records do not say when it ended.
-- reads: stints (record, person_key, moment, moment_out, goes_on, stay_moment, facility)
-- gives: record, person_key, stay_moment, facility, starts, ends_least, ends_most (null: beyond the closing date), how
--   how: ended · open (goes on at the closing date) · unknown
-- A stint that is said to go on while the same person begins another one later ended at an unknown
-- moment before that; one that ends before it begins ended at an unknown moment as well.
with ordered as (
  select
    *,
    lead(moment) over (partition by person_key order by moment, moment_out nulls last, record) as next_moment
  from stints
  where moment is not null
),
told as (
  select
    *,
    case when person_key is not null then next_moment end as next_start,
    case
      when moment_out is not null and moment_out >= moment then 'ended'
      when moment_out is null and goes_on and (person_key is null or next_moment is null) then 'open'
      else 'unknown'
    end as how
  from ordered
)
select
  record,
  person_key,
  stay_moment,
  facility,
  moment as starts,
  case how when 'ended' then moment_out when 'unknown' then moment end as ends_least,
  case how when 'ended' then moment_out when 'unknown' then next_start end as ends_most,
  how
from told
