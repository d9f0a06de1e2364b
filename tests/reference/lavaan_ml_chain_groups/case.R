# Covariates, two groups, equal regressions and loadings.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(
  read_model(), data = data,
  group = "group", group.equal = c("loadings", "regressions"), optim.method = "GN", optim.gn.tol.x = 1e-10
)
write_case(fit)
