# Modifiers of every kind, a bound, several outcomes on one line.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR")
write_case(fit)
