# A composite whose own items have gaps too.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain_missing.csv"), missing = "ml", estimator = "MLR")
write_case(fit)
