-- Rows that agree on some columns are one row told several times; one of them speaks for all.
-- reads: records (record, person_key, and the columns named below)
-- gives: record, episode (the record that speaks), place (1 for the one that speaks)
-- :same columns              columns that rows with a person key must agree on, beside the key
-- :same_without_key columns  columns that rows without one must agree on; `record` keeps each of them
-- :speaks order              which of them speaks for all: the first in this order
with placed as (
  select
    record,
    row_number() over (
      partition by
        person_key,
        case when person_key is not null then :same end,
        case when person_key is null then :same_without_key end
      order by :speaks
    ) as place,
    first_value(record) over (
      partition by
        person_key,
        case when person_key is not null then :same end,
        case when person_key is null then :same_without_key end
      order by :speaks
    ) as episode
  from records
)
select record, episode, place
from placed
