# Unweighted least squares of continuous variables with a mean- and variance-adjusted test.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "ULSMV")
write_case(fit)
