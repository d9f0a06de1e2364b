# Robust errors of incomplete data, plain test.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, se = "robust", missing = "ml")
write_case(fit)
