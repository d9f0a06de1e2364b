# Robust ML with a linear constraint.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR")
write_case(fit)
