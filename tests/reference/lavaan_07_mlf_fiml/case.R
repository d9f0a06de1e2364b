# Errors from the products of scores, incomplete answers.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, estimator = "MLF", missing = "ml")
write_case(fit)
