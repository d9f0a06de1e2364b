# Sampling weights.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", sampling.weights = "w")
write_case(fit)
