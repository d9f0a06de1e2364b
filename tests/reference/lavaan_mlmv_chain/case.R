# Mean- and variance-adjusted ML.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLMV")
write_case(fit)
