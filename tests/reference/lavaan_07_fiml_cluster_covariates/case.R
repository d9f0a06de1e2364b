# Clusters with plain FIML and fixed covariates.
source("../write_case.R")
data <- read_data("chain_missing.csv")
fit <- sem(read_model(), data = data, missing = "fiml", cluster = "cluster")
write_case(fit)
