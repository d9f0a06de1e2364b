# Instrumental variables with residual covariances.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("political_democracy.csv"), estimator = "IV")
write_case(fit)
