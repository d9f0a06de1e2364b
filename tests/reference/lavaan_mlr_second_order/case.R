# Robust ML, a factor of factors with equal loadings and a residual covariance.
source("../write_case.R")
data <- read_data("hierarchy.csv")
fit <- cfa(read_model(), data = data, estimator = "MLR", meanstructure = TRUE)
write_case(fit)
