# Sampling weights in two groups.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(
  read_model(), data = data,
  estimator = "MLR", sampling.weights = "w", group = "group", optim.method = "GN", optim.gn.tol.x = 1e-10
)
write_case(fit)
