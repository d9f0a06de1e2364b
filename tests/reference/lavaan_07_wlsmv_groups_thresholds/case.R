# Two groups, equal thresholds, unit variances.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(
  read_model(),
  data = data,
  ordered = c("u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10", "u11", "u12"),
  estimator = "WLSMV", group = "group", group.equal = "thresholds", std.lv = TRUE
)
write_case(fit)
