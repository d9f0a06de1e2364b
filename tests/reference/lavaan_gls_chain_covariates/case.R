# Generalised least squares, covariates fixed.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "GLS")
write_case(fit)
