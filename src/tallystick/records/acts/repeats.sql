-- Rows that agree on some columns are one row told several times; one of them speaks for all.
-- reads: records (record, person_key, and the columns named below)
-- gives: record, episode (the record that speaks), place (1 for the one that speaks)
-- :same columns              columns that rows with a person key must agree on, beside the key
-- :apart columns             rows with a key that hold nothing in one of these stand apart; `record` for none
-- :same_without_key columns  columns that rows without one must agree on; `record` keeps each of them
-- :speaks order              which of them speaks for all: the first in this order
select record, first_value(record) over alike as episode, row_number() over alike as place
from records
where person_key is not null
window alike as (partition by person_key, :same, case when :apart is null then record end order by :speaks)
union all
select record, first_value(record) over alike_unkeyed as episode, row_number() over alike_unkeyed as place
from records
where person_key is null
window alike_unkeyed as (partition by :same_without_key order by :speaks)
