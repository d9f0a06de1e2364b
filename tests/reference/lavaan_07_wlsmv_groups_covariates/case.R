# Two groups with covariates, equal loadings and regressions.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- sem(read_model(), data = data, ordered = c("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"), estimator = "WLSMV", group = "group", group.equal = c("loadings", "regressions"))
write_case(fit)
