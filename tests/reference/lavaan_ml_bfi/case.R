# Five factors of personality, listwise.
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(read_model(), data = data, optim.method = "GN", optim.gn.tol.x = 1e-10)
write_case(fit)
