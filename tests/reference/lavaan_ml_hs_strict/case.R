# By school, equal loadings, intercepts and residuals.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  group = "school", group.equal = c("loadings", "intercepts", "residuals")
)
write_case(fit)
