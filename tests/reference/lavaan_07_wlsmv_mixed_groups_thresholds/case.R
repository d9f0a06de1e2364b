# Ordered and continuous indicators, two groups: equal thresholds bring equal intercepts of the continuous ones.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u5", "u6", "u7"), estimator = "WLSMV", group = "group", group.equal = c("loadings", "thresholds"))
write_case(fit)
