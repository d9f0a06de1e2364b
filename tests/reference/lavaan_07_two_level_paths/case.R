# Mediation 1-1-1 at both levels with a covariate of each, defined effects, random covariates; unequal teams.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("teams.csv"), cluster = "team", fixed.x = FALSE, optim.method = "bfgs", control = list(reltol = 1e-14),
  em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
