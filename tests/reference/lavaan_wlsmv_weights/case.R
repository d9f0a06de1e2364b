# Sampling weights (age stands in for them).
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(read_model(), data = data, ordered = c("A1", "A2", "A3", "A4", "A5", "C1", "C2", "C3", "C4", "C5"), estimator = "WLSMV", sampling.weights = "age")
write_case(fit)
