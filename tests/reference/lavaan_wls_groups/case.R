# Full weight matrix in two groups.
source("../write_case.R")
data <- read_data("ordinal.csv")
fit <- cfa(read_model(), data = data, ordered = c("u1", "u2", "u3", "u4"), estimator = "WLS", group = "group", group.equal = c("loadings"))
write_case(fit)
