# Unweighted least squares, structural model.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "ULS")
write_case(fit)
