# Ordered items on covariates.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- sem(
  read_model(), data = data,
  ordered = c("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10", "u11", "u12"), estimator = "WLSMV"
)
write_case(fit)
