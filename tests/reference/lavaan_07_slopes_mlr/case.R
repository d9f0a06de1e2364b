# A random slope beside a fixed one, with cross-level moderation, robust.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("demo_two_level.csv"), cluster = "cluster", estimator = "MLR", optim.method = "bfgs", control = list(reltol = 1e-14))
write_case(fit)
