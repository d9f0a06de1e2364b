# Theta parameterisation, ordered and continuous indicators, two groups, loadings and thresholds and intercepts equal.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u5", "u6", "u7"), estimator = "WLSMV", parameterization = "theta", group = "group", group.equal = c("loadings", "thresholds", "intercepts"))
write_case(fit)
