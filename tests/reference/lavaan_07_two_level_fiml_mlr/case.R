# Incomplete answers, robust.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("teams_missing.csv"), cluster = "team", missing = "ml", estimator = "MLR",
  em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
