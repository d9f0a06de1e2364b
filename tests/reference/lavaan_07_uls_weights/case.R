# Unweighted least squares with sampling weights: distribution-free errors and test.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "ULS", sampling.weights = "w")
write_case(fit)
