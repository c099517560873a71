"""The static site: every page as plain HTML that works from a folder, without JavaScript, in several languages."""
