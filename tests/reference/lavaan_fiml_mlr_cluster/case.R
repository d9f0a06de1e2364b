# Cluster-robust with gaps.
source("../write_case.R")
data <- read_data("chain_missing.csv")
# Persons 17 and 18 answered none of these items; lavaan 0.6-14 then takes the weights and clusters of the
# wrong people.
data <- data[-(17:18), ]
fit <- sem(read_model(), data = data, estimator = "MLR", missing = "fiml", cluster = "cluster")
write_case(fit)
