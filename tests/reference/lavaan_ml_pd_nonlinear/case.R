# A nonlinear equality.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, control = list(rel.tol = 1e-14))
write_case(fit)
