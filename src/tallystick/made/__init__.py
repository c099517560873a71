"""Made-up releases in the physical shape of real ones, so that readers can be tested anywhere."""
