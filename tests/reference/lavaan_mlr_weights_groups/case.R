# Sampling weights in two groups.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", sampling.weights = "w", group = "group")
write_case(fit)
