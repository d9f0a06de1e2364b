# A Heywood case held at zero.
source("../write_case.R")
fit <- cfa(read_model(), data = read_data("heywood_sim.csv"), bounds = "pos.var")
write_case(fit)
