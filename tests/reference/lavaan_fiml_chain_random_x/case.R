# FIML, covariates modelled.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml", fixed.x = FALSE)
write_case(fit)
