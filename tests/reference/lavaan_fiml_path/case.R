# Gaps in a mediation of observed variables, covariates fixed.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml")
write_case(fit)
