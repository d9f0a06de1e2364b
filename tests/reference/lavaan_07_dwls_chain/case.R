# Diagonally weighted least squares, continuous.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "DWLS", ordered = FALSE)
write_case(fit)
