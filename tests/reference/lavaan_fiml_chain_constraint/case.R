# Gaps, a linear and a nonlinear constraint.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml", control = list(rel.tol = 1e-14))
write_case(fit)
