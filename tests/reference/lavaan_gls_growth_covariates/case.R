# Growth with covariates by generalised least squares.
source("../write_case.R")
data <- read_data("growth.csv")
fit <- growth(read_model(), data = data, estimator = "GLS")
write_case(fit)
