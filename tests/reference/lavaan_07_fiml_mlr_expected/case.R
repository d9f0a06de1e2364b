# MLR with FIML and expected information.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", missing = "fiml", information = "expected")
write_case(fit)
