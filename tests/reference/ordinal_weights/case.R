# Sampling weights, ordered and continuous variables.
source("../write_ordinal.R")
data <- draw_mixed(300, 19)
data$w <- round(runif(300, 0.5, 2), 3)
write_ordinal(data, c("y1", "y2", "y4", "y6"), sampling.weights = "w")
