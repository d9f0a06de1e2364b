# Two composites and a factor, robust.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, estimator = "MLM")
write_case(fit)
