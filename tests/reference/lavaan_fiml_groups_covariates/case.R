# Robust FIML in two groups with fixed covariates, equal regressions.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(
  read_model(), data = data,
  missing = "fiml", group = "group", estimator = "MLR", group.equal = c("regressions","loadings")
)
write_case(fit)
