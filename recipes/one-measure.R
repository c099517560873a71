# One measure in R, from the published tables: tallystick export --format csv,parquet -o my-package
# Run: Rscript recipes/one-measure.R my-package
folder <- commandArgs(trailingOnly = TRUE)[1]
if (is.na(folder)) stop("Name the folder that tallystick export wrote: Rscript recipes/one-measure.R FOLDER")

# Empty cells are missing values; `status` says why a value is missing or coarse.
cells <- read.csv(file.path(folder, "cells.csv"), na.strings = "", encoding = "UTF-8", stringsAsFactors = FALSE)
cells$period_end <- as.Date(cells$period_end)

# Both ends stay together: never average `lower` and `upper`.
held <- subset(cells, measure == "who/held-by-criminality" & variant == "convicted" & grepl("ICE", group))
held <- held[order(held$period_end), ]
print(tail(held[, c("period_end", "lower", "upper", "n")], 12), row.names = FALSE)

# With the package arrow the Parquet file keeps its types.
if (requireNamespace("arrow", quietly = TRUE)) {
  typed <- arrow::read_parquet(file.path(folder, "cells.parquet"))
  stopifnot(nrow(typed) == nrow(cells))
}
