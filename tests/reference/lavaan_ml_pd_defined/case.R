# Equal loadings by label, defined parameters.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, optim.method = "GN", optim.gn.tol.x = 1e-10)
write_case(fit)
