# Clusters with plain ML in two groups.
source("../write_case.R")
data <- read_data("chain.csv")
fit <- sem(read_model(), data = data, cluster = "cluster", group = "group")
write_case(fit)
