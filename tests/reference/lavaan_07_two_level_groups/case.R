# Two levels in two groups, everything of their own.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("sectors.csv"), cluster = "team", group = "sector",
  optim.method = "bfgs", control = list(reltol = 1e-14), em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
