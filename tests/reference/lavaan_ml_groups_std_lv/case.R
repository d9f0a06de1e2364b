# By school, scalar, factors scaled by the variance of the first group.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  group = "school", group.equal = c("loadings","intercepts"), std.lv = TRUE
)
write_case(fit)
