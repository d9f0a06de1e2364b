# Instrumental variables with covariates, which are random here.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain.csv"), estimator = "IV")
write_case(fit)
