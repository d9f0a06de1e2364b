# Robust FIML, two traits by gender, equal loadings.
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(
  read_model(), data = data,
  missing = "fiml", group = "gender", group.equal = "loadings", estimator = "MLR"
)
write_case(fit)
