# Robust FIML growth, equal residual variances, uncorrelated level and slope.
source("../write_case.R")
data <- read_data("growth_missing.csv")
fit <- growth(read_model(), data = data, missing = "fiml", estimator = "MLR")
write_case(fit)
