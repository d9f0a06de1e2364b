# Sampling weights with gaps.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", missing = "fiml", sampling.weights = "w")
write_case(fit)
