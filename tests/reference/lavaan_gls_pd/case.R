# Generalised least squares, structural model.
source("../write_case.R")
data <- read_data("political_democracy.csv")
fit <- sem(read_model(), data = data, estimator = "GLS")
write_case(fit)
