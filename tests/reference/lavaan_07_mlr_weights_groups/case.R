# Sampling weights in two groups, a fixed covariate.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", group = "group", sampling.weights = "w")
write_case(fit)
