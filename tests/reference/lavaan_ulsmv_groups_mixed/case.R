# Unweighted least squares, mixed indicators, two groups, equal loadings.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u5", "u6", "u7"), estimator = "ULSMV", group = "group", group.equal = c("loadings"))
write_case(fit)
