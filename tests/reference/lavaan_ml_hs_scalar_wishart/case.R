# Scalar model by school, Wishart likelihood.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(
  read_model(), data = data,
  group = "school", group.equal = c("loadings", "intercepts"), likelihood = "wishart"
)
write_case(fit)
