# Robust ML in two groups with covariates, scalar.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(
  read_model(), data = data,
  estimator = "MLR", group = "group", group.equal = c("loadings","intercepts")
)
write_case(fit)
