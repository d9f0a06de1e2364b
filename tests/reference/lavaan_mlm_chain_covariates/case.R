# Satorra-Bentler, covariates fixed.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLM")
write_case(fit)
