# Loadings and intercepts equal over groups, the mean between free in the second (which lavaan has to be told).
source("../write_case.R")
fit <- sem(read_model(), data = read_data("sectors.csv"), cluster = "team", group = "sector", group.equal = c("loadings", "intercepts"),
  optim.method = "bfgs", control = list(reltol = 1e-14), em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
