# Ordered mediators under theta.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- sem(read_model(), data = data, ordered = c("u1", "u2", "u3", "u5", "u9"), estimator = "WLSMV", parameterization = "theta")
write_case(fit)
