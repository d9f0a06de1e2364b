# Gaps, listwise.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data)
write_case(fit)
