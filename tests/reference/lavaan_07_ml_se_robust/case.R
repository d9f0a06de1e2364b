# Robust errors, plain test.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, se = "robust")
write_case(fit)
