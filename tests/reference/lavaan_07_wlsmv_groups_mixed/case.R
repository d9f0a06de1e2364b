# Ordered and continuous indicators on a covariate in two groups.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- sem(
  read_model(), data = data,
  ordered = c("u1", "u2", "u3", "u4", "u9", "u10", "u11"), estimator = "WLSMV", group = "group"
)
write_case(fit)
