# FIML in two groups, equal loadings and intercepts.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(
  read_model(), data = data,
  missing = "fiml", group = "group", group.equal = c("loadings", "intercepts")
)
write_case(fit)
