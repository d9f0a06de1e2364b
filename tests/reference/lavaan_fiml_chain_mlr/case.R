# FIML with robust errors and test.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml", estimator = "MLR")
write_case(fit)
