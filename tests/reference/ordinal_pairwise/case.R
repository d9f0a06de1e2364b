# Ordered and continuous variables with missing answers; pairs use everybody who answered both.
source("../write_ordinal.R")
data <- draw_mixed(400, 11)
for (name in names(data)) data[sample(nrow(data), 30), name] <- NA
write_ordinal(data, c("y1", "y2", "y4", "y6"), missing = "pairwise")
