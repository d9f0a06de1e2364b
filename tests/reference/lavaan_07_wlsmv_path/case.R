# Regression of ordered and continuous outcomes on covariates.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- sem(read_model(), data = data, ordered = c("u4", "u9"), estimator = "WLSMV")
write_case(fit)
