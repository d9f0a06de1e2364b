# Weighted least squares (asymptotically distribution free).
source("../write_case.R")
data <- read_data("bfi.csv")
fit <- cfa(read_model(), data = data, estimator = "WLS")
write_case(fit)
