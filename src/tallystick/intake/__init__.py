"""Floor 1: files in, figures out. Nothing enters except through the door.

door       what may be read at all: a real workbook, of sane size unpacked
rules      the rules of the door
unpacking  the watch over what a package unpacks to
identifiers  the refusal of direct identifiers
sheets     the cells of visible sheets, with addresses and as typed by the agency
layout     the definitions that describe blocks and facility lists
workbook   blocks found by their titles
headers    what the columns of a block mean
reader     one block read with every label and cell
printed    one printed number, one block as found
refreshed  zeros that are no values
coverage   numbers that became no figure, with the reason
facilities the facility list, found by its header row
evidence   every date a workbook states about itself, with the place where it stands
releases   which releases of records are known, and what each calls its columns
codebook   what the columns of a record table mean, and which values are known
peek       the first rows of every sheet, without reading the rest
recognition  which release and table a sheet is
redaction  is there anything to read in a cell
suspects   could a value or a column stand for a person
gatekeeper the door for record files
exceptions alarms of the door that a definition excepts
values     what one printed value means
canonical  from a sheet of texts to typed values, in SQL
"""
