# A random slope of a latent outcome, explained between; it covaries with the factor there.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("teams.csv"), cluster = "team", optim.method = "bfgs", control = list(reltol = 1e-14))
write_case(fit)
