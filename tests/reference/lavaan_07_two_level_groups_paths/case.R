# Paths with labels over groups, in clusters that have rows of both groups.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("chain.csv"), cluster = "cluster", group = "group",
  optim.method = "bfgs", control = list(reltol = 1e-14), em.h1.args = list(tol = 1e-10, max_iter = 5000))
write_case(fit)
