# FIML, robust, two groups.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(
  read_model(), data = data,
  missing = "fiml", estimator = "MLR", group = "group", group.equal = "loadings"
)
write_case(fit)
