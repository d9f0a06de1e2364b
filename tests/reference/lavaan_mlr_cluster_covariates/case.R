# Cluster-robust with covariates.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, estimator = "MLR", cluster = "cluster")
write_case(fit)
