# Least squares in groups of different sizes, loadings equal.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- cfa(read_model(), data = data, estimator = "ULS", group = "group", group.equal = "loadings")
write_case(fit)
