"""Floor 7: cleared values only, in words, bars, terminal tables and pages.

words     figures and verdicts as sentences, one template for every side
bars      the range as a bar: characters in a terminal, SVG on a page
view      a claim verdict as plain data that terminal, JSON and page share
terminal  tables for people at a command line
page      one readable HTML page per claim, without JavaScript
trail     from a verdict to the printed cells it rests on
"""
