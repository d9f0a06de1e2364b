# FIML with the expected information.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml", information = "expected")
write_case(fit)
