# Incomplete answers in two groups, loadings equal.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("sectors_missing.csv"), cluster = "team", group = "sector", group.equal = "loadings", missing = "ml",
  optim.method = "bfgs", control = list(reltol = 1e-14), em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
