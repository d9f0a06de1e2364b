# Unweighted least squares with means by school.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  estimator = "ULS", group = "school", group.equal = c("loadings", "intercepts")
)
write_case(fit)
