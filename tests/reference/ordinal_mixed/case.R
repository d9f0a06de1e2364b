# Ordered and continuous variables together, complete data.
source("../write_ordinal.R")
write_ordinal(draw_mixed(400, 7), c("y1", "y2", "y4", "y6"))
