# Equal thresholds with free scales and intercepts in the second group (Wu and Estabrook 2016).
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u4"), estimator = "WLSMV", std.lv = TRUE, group = "group")
write_case(fit)
