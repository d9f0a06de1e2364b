# Covariates modelled.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, fixed.x = FALSE)
write_case(fit)
